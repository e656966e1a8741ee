"""Edition and recipients → messages → transport → ledger. Knows people by their numbers only."""
