"""Where bounces, complaints and unsubscribe mail come in: maildirs, IMAP folders, files."""
