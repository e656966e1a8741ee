"""A door: the operator's page at /desk/, for whoever signed in; none where nobody could."""
