"""`python -m newsletter`: the command line, where no `newsletter` is on the path."""

from newsletter.cli import main

main()
