"""What a user can ask for, one file each. A door parses, calls one of these, presents."""
