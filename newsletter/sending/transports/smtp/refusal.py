"""What a refusal means: nothing yet, never for this recipient, or something wrong with us."""

import re
from enum import Enum, auto

from newsletter.reports.classification import classify, parse_refusal
from newsletter.reports.report import BounceClass
from newsletter.sending.transports.smtp.reply import Reply


class Stage(Enum):
    """What the server refused."""

    MAIL = "the sender"
    RCPT = "the recipient"
    #: The command DATA.
    DATA = "to take a message"
    CONTENT = "the message"


class Meaning(Enum):
    """What follows from a refusal."""

    #: Another attempt is due.
    LATER = auto()
    #: No further attempt for this recipient.
    NEVER = auto()
    #: The message is too big for this server. All of an issue are of about one size, so unless
    #: others were accepted, each further one would meet the same.
    TOO_BIG = auto()
    #: It is about our own set-up: each further message would meet the same.
    OURS = auto()


#: Enhanced codes (RFC 3463, RFC 7372, RFC 7293 and large providers') that are about one
#: recipient although their subject is policy: expansion of a list, disabled account, mailbox or
#: domain that changed its owner.
_POLICY_OF_RECIPIENT = frozenset({2, 13, 17, 18})
#: Too long for one mailbox, and addresses outside ASCII (RFC 6531): about this message only.
_THIS_MESSAGE = frozenset({(2, 3), (6, 7), (6, 9)})
#: Too big for the server (RFC 3463 section 3.4).
_TOO_BIG = (3, 4)
_SIZE_WORDS = re.compile(r"(message|mail|data) size|too (big|large)|size limit", re.IGNORECASE)
_OUR_WORDS = re.compile(
    r"relay(ing)?\b.{0,30}\b(denied|not (permitted|allowed)|prohibited|refused)"
    r"|(unable|not permitted|not allowed|cannot) to relay|not relay"
    r"|client host rejected|client host .{0,100}blocked"
    r"|quota exceeded for sender|sending (limit|quota)",
    re.IGNORECASE,
)
_SPAM_WORDS = re.compile(r"\bspam|\bunsolicited|\bvirus|\bmalware|\bphish|\bcontent", re.IGNORECASE)


def explain_refusal(stage: Stage, reply: Reply) -> Meaning:
    """Tell what follows from a reply that is not positive.

    A 4yz is temporary whatever it says. Of 5yz the enhanced code decides, and where it says too
    little, the words.
    """
    if not reply.is_permanent:
        return Meaning.LATER
    enhanced, text = reply.enhanced, reply.text
    why = classify(parse_refusal(f"{reply.code} {text}"))
    if _is_too_big(reply):
        return Meaning.TOO_BIG
    if enhanced in _THIS_MESSAGE or reply.code == 552:
        return Meaning.NEVER
    if stage is Stage.MAIL or stage is Stage.DATA or _is_about_us(reply, why):
        return Meaning.OURS
    if enhanced is not None and enhanced[0] == 7 and why is not BounceClass.HARD:
        is_spam = stage is Stage.CONTENT and enhanced[1] <= 1 and _SPAM_WORDS.search(text)
        is_personal = enhanced[1] in _POLICY_OF_RECIPIENT
        return Meaning.NEVER if is_spam or is_personal else Meaning.OURS
    return Meaning.NEVER


def _is_too_big(reply: Reply) -> bool:
    """Tell a message that is too big for the server from a mailbox that is full."""
    if reply.code == 552 and reply.enhanced is None:
        return bool(_SIZE_WORDS.search(reply.text))
    return reply.enhanced == _TOO_BIG


def _is_about_us(reply: Reply, why: BounceClass) -> bool:
    """Tell whether the server complains about how it was spoken to, or by whom."""
    # 500 to 504: syntax and sequence; 530, 534, 535, 538: a login (RFC 4954).
    is_protocol = 500 <= reply.code <= 504 or 530 <= reply.code <= 538
    return is_protocol or why is BounceClass.AUTH or bool(_OUR_WORDS.search(reply.text))
