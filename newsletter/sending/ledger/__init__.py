"""The record of plans, deliveries and their outcomes; the source of truth.

Its statements run on SQLite and PostgreSQL. None opens a connection or commits: the caller owns
the transaction, so that outcomes, the next intents and the lease share one commit.
"""
