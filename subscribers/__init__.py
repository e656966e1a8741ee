"""People, their consent, and who must not get mail. Knows nothing of mail or of newsletters."""
