"""What people write beyond CommonMark, one construct to a file."""
