"""EDITION + RECIPIENT → MESSAGE: compiled once, spliced for each recipient."""
