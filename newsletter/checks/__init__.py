"""Edition → findings: what would go wrong after sending, told before."""
