"""The subscriber store: named statements over a connection whose transaction the caller owns.

The same statements run on SQLite and PostgreSQL. None opens a connection or commits, so that
several of them share one commit.
"""
