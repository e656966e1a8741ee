"""One file for each way front matter is written; each makes entries of a block of text."""
