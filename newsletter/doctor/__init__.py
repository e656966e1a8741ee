"""Whether an installation is fit to send: one file for each thing that is looked at."""
