"""The archive's pages: what was sent, for anyone to read; answered by a server or kept as files."""
