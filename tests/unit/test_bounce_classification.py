import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.reports.classification import classify, parse_refusal
from newsletter.reports.report import BounceClass

HARD, SOFT, BLOCK, AUTH = BounceClass

#: What was said, the field Status beside it, and what it is.
CASES = [
    (
        (
            "550 5.1.1 The email account that you tried to reach does not exist. Please "
            "try double-checking the recipient's email address for typos or unnecessary "
            "spaces. For more information, go to "
            "https://support.google.com/mail/?p=NoSuchUser d9443c01a7336-20 - gsmtp"
        ),
        "",
        HARD,
    ),
    (
        "550-5.1.1 The email account that you tried to reach does not exist. 550 5.1.1 xx",
        "5.1.1",
        HARD,
    ),
    ("452 4.2.2 The email account that you tried to reach is over quota", "4.2.2", SOFT),
    (
        "552-5.2.2 The recipient's inbox is out of storage space. Please direct the recipient to",
        "5.2.2",
        SOFT,
    ),
    ("552 5.2.2 mailbox full", "", SOFT),
    (
        (
            "550 5.7.515 Access denied, sending domain x does not meet the required "
            "authentication level"
        ),
        "",
        AUTH,
    ),
    ("421 4.7.28 unusual rate of unsolicited mail", "", BLOCK),
    ("554 Blocked by spamhaus", "", BLOCK),
    ("550 User unknown", "", HARD),
    ("550 kim@example.org...User unknown", "", HARD),
    ("550 5.7.26 unauthenticated", "", AUTH),
    ("451 4.7.1 greylisted, try later", "", SOFT),
    ("450 4.2.0 try later", "", SOFT),
    ("556 5.1.10 null MX", "", HARD),
    ("550 5.7.1 message rejected as spam", "", BLOCK),
    ("550 Requested action not taken: mailbox unavailable", "", HARD),
    ("554 Transaction failed", "", BLOCK),
    ("smtp; 550 5.7.1 No such user! 1490-xx", "5.7.1", HARD),
    (
        "smtp;550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [DB5EUR03FT]",
        "5.4.1",
        HARD,
    ),
    (
        (
            "smtp; 554 delivery error: dd This user doesn't have a yahoo.com account "
            "(x@yahoo.com) [0] - mta1.mail.bf1.yahoo.com"
        ),
        "5.0.0",
        HARD,
    ),
    (
        (
            "smtp; 554 30 Sorry, your message to x@yahoo.com cannot be delivered. This "
            "mailbox is disabled (554.30)."
        ),
        "5.0.0",
        HARD,
    ),
    ("552 1 Requested mail action aborted, mailbox not found", "", HARD),
    (
        (
            "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). "
            "[AM7.prod.outlook.com]"
        ),
        "5.5.0",
        HARD,
    ),
    (
        (
            "550-Requested action not taken: mailbox unavailable 550 For explanation "
            "visit https://postmaster.gmx.net/de/error-messages?ip=1&c=hd"
        ),
        "",
        HARD,
    ),
    (
        (
            "554-Transaction failed 554 Reject due to policy restrictions. 554 For "
            "explanation visit https://postmaster.web.de/x"
        ),
        "",
        BLOCK,
    ),
    ("550 Mailbox unavailable or access denied [MIZJ]. https://service.mail.qq.com", "", BLOCK),
    ("550 Mailbox not found. http://service.mail.qq.com/x", "", HARD),
    ("550 Domain may not exist or DNS check failed", "", BLOCK),
    (
        (
            "smtp; 550 Message was not accepted -- invalid mailbox.  Local mailbox "
            "nobody@mail.ru is unavailable: user not found"
        ),
        "5.0.0",
        HARD,
    ),
    (
        (
            "host spamfilter.example.com[1.2.3.4] said: 550 5.1.1 <spam@blocked.example>:"
            " Recipient address rejected: User unknown in virtual mailbox table (in reply"
            " to RCPT TO command)"
        ),
        "5.1.1",
        HARD,
    ),
    (
        "SMTP; 550 5.7.1 Service unavailable; Client host [1.2.3.4] blocked using zen.spamhaus.org",
        "5.1.1",
        BLOCK,
    ),
    ("550 listed in zen.spamhaus.org", "5.1.1", BLOCK),
    ("550 5.1.1 Invalid mailbox - message looks like spam", "5.1.1", BLOCK),
    (
        (
            "Host or domain name not found. Name service error for name=gone.example "
            "type=AAAA: Host not found"
        ),
        "5.4.4",
        HARD,
    ),
    ("connect to mx.example.org[192.0.2.1]:25: Connection timed out", "4.4.1", SOFT),
    ("550 4.4.7 QUEUE.Expired; message expired", "4.4.7", SOFT),
    ("smtp;550 5.4.300 Message expired -> 421 4.4.1 Connection timed out", "5.4.300", SOFT),
    (
        (
            "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP "
            "address lookup"
        ),
        "5.1.10",
        HARD,
    ),
    (
        (
            "smtp;550 5.1.351 Remote server returned unknown recipient or mailbox "
            "unavailable -> 550 5.1.1 user unknown"
        ),
        "5.1.351",
        HARD,
    ),
    ("smtp;550 5.0.350 Remote server returned an error -> 550 User unknown", "5.0.350", HARD),
    ("X-Notes; User kim (kim@example.org) not listed in Domino Directory", "5.1.1", HARD),
    (
        (
            "550 5.2.1 The user you are trying to contact is receiving mail at a rate "
            "that prevents additional messages"
        ),
        "5.2.1",
        SOFT,
    ),
    (
        (
            "550-Please turn on SMTP Authentication in your mail client. mail.x is not "
            "permitted to relay through this server without authentication"
        ),
        "",
        AUTH,
    ),
    ("550 No Such User Here", "", HARD),
    ("550 #5.1.0 Address rejected.", "", HARD),
    ("550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550", "", HARD),
    ("550 Administrative prohibition - envelope blocked - https://community", "", BLOCK),
    ("554 Email rejected due to security policies - https://community.mimecast", "", BLOCK),
    ("550 permanent failure for one or more recipients (x@y.example:blocked)", "", BLOCK),
    ("550 5.1.1 unknown or illegal alias: x@y", "", HARD),
    (
        "554 Message rejected: Email address is not verified. The following identities failed",
        "",
        AUTH,
    ),
    ("550 5.1.1 Recipient address rejected: 존재하지 않는 사용자", "", HARD),
    ("552 5.3.4 Message size exceeds fixed limit", "", BLOCK),
    ("552 Message size exceeds maximum permitted", "", BLOCK),
    ("552 exceeded storage allocation", "", SOFT),
    ("550 5.1.1 mailbox full", "5.1.1", SOFT),
    ("550 5.1.1 user temporarily unavailable", "5.1.1", SOFT),
    (
        (
            "The group you tried to contact (x) may not exist, or you may not have "
            "permission to post messages to the group"
        ),
        "5.7.1",
        BLOCK,
    ),
    ("511 sorry, no mailbox here by that name (#5.1.1 - chkuser)", "", HARD),
    ("553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", "", BLOCK),
    ("550 5.1.1 <x@icloud.com>: user does not exist", "", HARD),
    ("550 Unknown user x@docomo.ne.jp", "", HARD),
    ("550 5.1.8 <x>: Sender address rejected: Domain not found", "", AUTH),
    (
        "421 4.7.0 [TSS04] Messages from 1.2.3.4 temporarily deferred due to user complaints",
        "",
        BLOCK,
    ),
    ("550 unrouteable address", "", HARD),
    ("all relevant MX records point to non-existent hosts", "5.0.0", HARD),
    ("retry timeout exceeded", "5.0.0", SOFT),
    (
        (
            "550 5.7.1 Unfortunately, messages from [1.2.3.4] weren't sent. Please "
            "contact your Internet service provider since part of their network is on our"
            " block list (S3150)."
        ),
        "5.7.1",
        BLOCK,
    ),
    ("550 5.2.1 The email account that you tried to reach is disabled.", "5.2.1", HARD),
    ("550 5.2.1 mailbox temporarily disabled", "", SOFT),
    ("450 4.1.1 unverified address: user unknown", "4.1.1", SOFT),
    ("521 5.3.0 Upstream error", "", BLOCK),
    ("550 5.1.1 Address does not exist", "", HARD),
    ("550 5.7.1 Sender is unknown user", "", AUTH),
    ("550 Sender mailbox does not exist", "", AUTH),
    ("550 Return path mailbox unavailable", "", AUTH),
    ("5.1.2 Bad destination host 'DNS Soft Error looking up (MX): recursive loop'", "", SOFT),
    ("5.1.2 Bad destination host 'DNS Hard Error looking up (MX): NXDomain'", "", HARD),
    ("5.4.4 (unable to route: dns lookup failure)", "5.4.4", SOFT),
    ("550 5.1.1 Rejected by the user's filter", "", BLOCK),
    ("550 5.7.1 mail from unknown user not accepted", "", BLOCK),
    ("550 5.1.1 service currently unavailable, mailbox not available", "", SOFT),
    ("550 This account has been cancelled", "5.0.0", HARD),
    ("550 Address no longer in use", "5.0.0", HARD),
    ("550 Sender address no longer in use", "5.0.0", BLOCK),
    ("550 5.1.0 <kim@example.net> recipient rejected", "", HARD),
    ("550 5.4.5 Daily user sending limit exceeded.", "", BLOCK),
    ("550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required", "", BLOCK),
    ("550 5.7.12 Sender was not authenticated by organization", "", BLOCK),
    ("550 5.0.350 Remote server returned an error -> RESOLVER.ADR.RecipNotFound", "", HARD),
    (
        "550-Requested action not taken: mailbox unavailable 550 invalid DNS MX or A/AAAA record",
        "5.0.0",
        AUTH,
    ),
    ("550 5.1.1 User unknown (in reply to MAIL FROM command)", "", BLOCK),
    ("550 5.1.1 User unknown (in reply to RCPT TO command)", "", HARD),
]


@pytest.mark.parametrize(("said", "status", "expected"), CASES)
def test_refusals_are_told_apart(said: str, status: str, expected: BounceClass) -> None:
    """No reader is lost for a full mailbox, for our reputation, or for our set-up."""
    assert classify(parse_refusal(said, status=status)) is expected


@given(st.text(max_size=300))
def test_unknown_words_cost_no_reader(said: str) -> None:
    """What nobody has seen yet is about us, until somebody says otherwise."""
    assert classify(parse_refusal(f"599 {said}", status="5.9.9")) is not HARD


@given(st.sampled_from(["User unknown", "no such user", "mailbox does not exist"]), st.text())
def test_what_is_temporary_is_never_for_good(words: str, more: str) -> None:
    """A server that says 4yz means that it may be mended."""
    assert classify(parse_refusal(f"450 4.1.1 {words} {more}", status="4.1.1")) is not HARD


def test_what_is_said_about_an_address_is_no_word_of_the_server() -> None:
    """Somebody may be called spam, and his host blocklist."""
    said = "550 5.1.1 <spam@blocked.example>: no such user (https://policy.example/virus)"

    assert classify(parse_refusal(said)) is HARD
