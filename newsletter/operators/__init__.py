"""Operators: their accounts and sessions on the operator's page, and the record of what they did.

No function opens a connection or commits: an action is written in the transaction of the act.
"""
