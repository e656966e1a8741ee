"""A next hop that speaks SMTP: pipelined, on several connections, each message accounted for."""
