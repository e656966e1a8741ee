"""One seam to every next hop; one file per kind of it."""
