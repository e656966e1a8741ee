"""What comes back to a newsletter: made of the messages that it sent, as servers make it."""

import re
from email.message import EmailMessage


def bounce(sent: EmailMessage, status: str, said: str, action: str = "failed") -> bytes:
    """Make the notification of a Postfix about a message."""
    to = sent["To"].addresses[0].addr_spec
    return f"""Return-Path: <>
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: weekly@example.org
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {to}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--B
Content-Type: message/rfc822

Message-ID: {sent["Message-ID"]}
To: {to}

Hello
--B--
""".encode()


def complaint(sent: EmailMessage) -> bytes:
    """Make the feedback report of a provider that tells no address."""
    return f"""From: <fbl@fbl.example.net>
To: abuse@example.org
Subject: FW: Spring
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Feedback/1.0
Version: 1

--B
Content-Type: text/rfc822-headers

Message-ID: {sent["Message-ID"]}

--B--
""".encode()


def wish(sent: EmailMessage) -> bytes:
    """Make the mail that the mailto link of a message leads to."""
    found = re.search(r"<mailto:([^?]+)\?subject=unsubscribe%20([^>]+)>", sent["List-Unsubscribe"])
    assert found is not None
    return (
        f"From: {sent['To']}\nTo: {found[1]}\nSubject: unsubscribe {found[2]}\n\n"
        "This message was automatically generated.\n"
    ).encode()


VACATION = b"""Return-Path: <>
From: Kim <kim@example.org>
To: weekly@example.org
Subject: Automatic reply: Spring
Auto-Submitted: auto-replied

550 5.1.1 User unknown: I left.
"""
LETTER = b"From: Kim <kim@example.org>\nTo: weekly@example.org\nSubject: Re: Spring\n\nLovely!\n"
STRANGE_BOUNCE = b"""Return-Path: <>
From: MAILER-DAEMON@mx.example.net
Subject: failure notice

Hi. This is the qmail-send program at mx.example.net.
I wasn't able to deliver your message to the following addresses.

<kim@example.org>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Message-ID: <somebody-else@example.com>
"""
