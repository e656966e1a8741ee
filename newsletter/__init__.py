"""Write issues in git, see them as they will arrive, send each once to everyone who confirmed."""

__version__ = "0.1.0"
