"""A whole newsletter in one file: settings, issues, people and ledger, to be taken elsewhere."""
