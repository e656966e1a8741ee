"""Answers that nobody wrote: vacation notes, challenges, receipts. They say nothing of a delivery.

Source:
    RFC 3834 (Auto-Submitted), RFC 8098 (receipts); the rest is what programs older than these do.
"""

import re
from typing import Final

from newsletter.reports.part import Part

_FIELDS: Final = (
    "x-autoreply",
    "x-autorespond",
    "x-autoreply-from",
    "x-autoresponder",
    "x-mail-autoreply",
    "x-vacation",
    "x-auto-reply-from",
)
_SUBJECT: Final = re.compile(
    r"^(?:re: |aw: )?(?:\[?"
    r"(?:auto(?:mat(?:ic|ed|isch\w*))?[-_ :]?(?:reply|response|respond\w*|antwort)"
    r"|auto(?:reply|matik)?:|out[- ]of[- ](?:the[- ])?office|ooo\b|vacation|away from"
    r"|on (?:leave|holiday)"
    r"|abwesen|urlaub|r[ée]ponse automatique|absen(?:ce|t)|respuesta autom|fuera de (?:la )?oficina"
    r"|ausen(?:te|cia)|risposta automatica|fuori (?:ufficio|sede)|automatisch antwoord|afwezig"
    r"|resposta autom|autosvar|automaattinen|automatick|automatyczn"
    r"|odpowied[zź] automat|otomatik yan[iı]t|automatisk svar|automatikus v[aá]lasz"
    r"|автоответ|автоматическ)"
    r"|.{0,20}(?:자동 ?(?:회신|응답|답장)|부재 ?중|自動(?:応答|返信|回覆|回复)"
    r"|不在(?:の|通知|です)|自动(?:回复|答复)))",
    re.IGNORECASE,
)
_ANSWER_PRECEDENCE: Final = frozenset({"auto_reply", "auto-reply"})


def is_receipt(message: Part) -> bool:
    """Tell whether it is a receipt that a message was shown or deleted (RFC 8098)."""
    report = message.headers.parameter("content-type", "report-type").lower()
    types = ("message/disposition-notification", "message/global-disposition-notification")
    return report == "disposition-notification" or message.find_part(*types) is not None


def is_auto_reply(message: Part) -> bool:
    """Tell whether a program answered for somebody: by its fields, and only last by its subject."""
    headers = message.headers
    submitted = headers.find("auto-submitted").partition(";")[0].strip().lower()
    if submitted.startswith("auto-"):
        return True
    suppressed = headers.find("x-auto-response-suppress").strip().lower()
    if any(headers.find(name) for name in _FIELDS) or suppressed in {"all", "oof"}:
        return True
    precedence = headers.find("precedence").strip().lower()
    return precedence in _ANSWER_PRECEDENCE or bool(_SUBJECT.search(headers.subject.strip()))
