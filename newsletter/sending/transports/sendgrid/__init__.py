"""SendGrid's Mail Send, version 3: up to a thousand recipients in one call.

`request` builds what is sent, `client` sends it, `answers` says what an answer means, `transport`
is the seam's other side. `fake` is a SendGrid of one's own, on this machine.
"""
