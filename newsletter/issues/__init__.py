"""FILE → ISSUE: front matter, body and git revision of one authored text."""
