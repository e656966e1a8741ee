"""Pages on the web that issues tell of: fetched once, with care, for their title alone."""
