import pytest

from newsletter.sending.transports.smtp.refusal import Meaning, Stage, explain_refusal
from newsletter.sending.transports.smtp.reply import Reply

MAIL, RCPT, DATA, CONTENT = Stage
LATER, NEVER, TOO_BIG, OURS = Meaning

CASES = [
    # Temporary, whatever it says.
    (MAIL, "451 4.3.0 try later", LATER),
    (RCPT, "450 4.2.0 greylisted", LATER),
    (RCPT, "452 4.2.2 over quota", LATER),
    (RCPT, "450 4.7.1 relay access denied just now", LATER),
    (CONTENT, "421 4.7.28 unusual rate of unsolicited mail", LATER),
    # This recipient.
    (RCPT, "550 5.1.1 The email account that you tried to reach does not exist", NEVER),
    (RCPT, "550 User unknown", NEVER),
    (RCPT, "550 Requested action not taken: mailbox unavailable", NEVER),
    (RCPT, "552 5.2.2 mailbox full", NEVER),
    (CONTENT, "552 5.2.2 mailbox full", NEVER),
    (CONTENT, "552 exceeded storage allocation", NEVER),
    (RCPT, "556 5.1.10 null MX", NEVER),
    (RCPT, "553 5.1.3 bad destination mailbox address syntax", NEVER),
    (RCPT, "554 Transaction failed", NEVER),
    (RCPT, "550 5.7.17 mailbox owner has changed", NEVER),
    (RCPT, "550 5.7.2 mailing list expansion prohibited", NEVER),
    (RCPT, "550 5.7.1 No such user!", NEVER),
    # This message.
    (MAIL, "550 5.6.7 SMTPUTF8 not supported", NEVER),
    (CONTENT, "554 5.7.1 Message rejected as spam by content scanning", NEVER),
    (CONTENT, "550 5.7.0 Message contains a virus", NEVER),
    (CONTENT, "552 5.2.3 too long", NEVER),
    (CONTENT, "554 5.6.0 malformed", NEVER),
    # Perhaps every message of the issue.
    (MAIL, "552 5.3.4 Message size exceeds fixed limit", TOO_BIG),
    (MAIL, "552 message too big", TOO_BIG),
    (CONTENT, "552 5.3.4 Error: message file too big", TOO_BIG),
    (CONTENT, "552 Message size exceeds maximum permitted", TOO_BIG),
    (CONTENT, "554 5.3.4 too long", TOO_BIG),
    # Our set-up.
    (MAIL, "530 5.7.0 Must issue a STARTTLS command first", OURS),
    (MAIL, "530 5.7.0 Authentication Required", OURS),
    (MAIL, "550 5.7.60 Client does not have permissions to send as this sender", OURS),
    (MAIL, "553 sender address rejected: not owned by user", OURS),
    (MAIL, "501 syntax", OURS),
    (RCPT, "554 5.7.1 <***>: Relay access denied", OURS),
    (RCPT, "550 relay not permitted", OURS),
    (RCPT, "550 Relaying denied", OURS),
    (RCPT, "553 sorry, we do not relay", OURS),
    (RCPT, "550 5.1.8 <***>: Sender address rejected: Domain not found", OURS),
    (RCPT, "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen", OURS),
    (RCPT, "504 5.5.2 <x>: Helo command rejected: need fully-qualified hostname", OURS),
    (RCPT, "503 5.5.1 bad sequence of commands", OURS),
    (RCPT, "550 authentication required", OURS),
    (DATA, "554 5.5.1 no", OURS),
    (CONTENT, "550 5.7.515 Access denied, sending domain does not meet the level", OURS),
    (CONTENT, "550 5.7.26 unauthenticated email from example.org is not accepted", OURS),
    (CONTENT, "550 5.7.1 not authorized", OURS),
    (CONTENT, "535 5.7.8 no", OURS),
]


@pytest.mark.parametrize(("stage", "line", "meaning"), CASES)
def test_refusals_are_told_apart(stage: Stage, line: str, meaning: Meaning) -> None:
    """No address fails for a problem of ours, and no run stops for one address."""
    code, _, text = line.partition(" ")

    assert explain_refusal(stage, Reply(int(code), [text.encode()])) is meaning
