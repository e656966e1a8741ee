"""A door: the pages that readers see. A handler parses, calls one use case, and chooses a page."""
