"""The drill: a sender of our own is killed again and again, and the next hop tells who got what."""
