"""The engine: workers on any number of machines, and the queue that brings chunks to them.

All that knows Procrastinate is here, and the queue's tables in `newsletter.migrations`.
"""
