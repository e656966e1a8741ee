"""Whether a message was written by the system that carries mail, or by somebody."""

import re
from typing import Final

from newsletter.reports.encodings import decode_words
from newsletter.reports.part import Part

_SENDER: Final = re.compile(
    r"mailer[-_ ]?daemon|postmaster|mail[-_ ]?delivery|delivery[-_ ](?:sub)?system|mdaemon"
    r"|microsoftexchange|mail[-_ ](?:router|administrator|system|server)|system administrator"
    r"|mailadmin|\bbounces?@|returned mail|mail daemon|메일 ?(?:관리자|시스템|발송)|メール配信",
    re.IGNORECASE,
)
_FAILURE: Final = re.compile(
    r"undeliver|\bmessage \S{1,40} delayed|non remis|could not send|returned mail"
    r"|return(?:ed)? to sender|failure notice"
    r"|delivery (?:has |have )?fail"
    r"|delivery status notification|mail delivery|not (?:be )?deliver"
    r"|delivery (?:problem|error)|message status|mail system error|bounce"
    r"|unzustellbar|nicht zugestellt|zustellung|\bdsn\b|no entregado|devuelto|mancato recapito"
    r"|rejected|non[- ]?deliver|반송|발송 ?실패|전송 ?실패|배달|전달 ?(?:되지|실패)|배송 ?실패"
    r"|配信不能|配信でき|送信でき|エラーメール|届きません|退信|退回|投递|недоставл|не доставл",
    re.IGNORECASE,
)


#: Lines of a text for people that quote the message, whose words are not the server's.
_QUOTED_FIELD: Final = re.compile(
    r"^[> \t]*(?:subject|from|to|date|betreff|objet|asunto|oggetto|제목|件名|主题)\s*:.*$",
    re.IGNORECASE | re.MULTILINE,
)
#: What follows the word within a sentence: an issue may be about unknown users.
_QUOTED_SUBJECT: Final = re.compile(
    r"\b(?:subject|titled|betreff|제목)\b[^\n]{0,10}[\"'“‘「『][^\n]{0,300}?[\"'”’」』]",
    re.IGNORECASE,
)


def leave_out_quotes(text: str, message: Part) -> str:
    """Leave out what a text for people says in the words of the message that came back."""
    text = _QUOTED_SUBJECT.sub(" ", _QUOTED_FIELD.sub("", text))
    subject = message.returned.headers.subject.strip() if message.returned else ""
    return text.replace(subject, " ") if subject else text


def is_from_mail_system(message: Part) -> bool:
    """Tell whether it comes from a mail system, or from a program that answers for somebody.

    Both have the null return path (RFC 5321 section 4.5.5, RFC 3834 section 3.3).
    """
    is_null = message.headers.find("return-path").strip() == "<>"
    return is_null or is_written_by_system(message)


def is_written_by_system(message: Part) -> bool:
    """Tell whether the sender's name or a report's form shows that a mail system wrote it."""
    headers = message.headers
    if headers.find("x-failed-recipients"):
        return True
    if headers.parameter("content-type", "report-type").lower() == "delivery-status":
        return True
    return bool(_SENDER.search(decode_words(headers.find("from"))))


def is_called_failure(message: Part) -> bool:
    """Tell whether the subject says that something was not delivered."""
    return bool(_FAILURE.search(message.headers.subject))
