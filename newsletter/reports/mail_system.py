"""Whether a message was written by the system that carries mail, or by somebody."""

import re
from typing import Final

from newsletter.reports.part import Part
from newsletter.reports.encodings import decode_words

_SENDER: Final = re.compile(
    r"mailer[-_ ]?daemon|postmaster|mail[-_ ]?delivery|delivery[-_ ](?:sub)?system|mdaemon"
    r"|microsoftexchange|mail[-_ ](?:router|administrator|system|server)|system administrator"
    r"|mailadmin|\bbounces?@|returned mail|mail daemon|메일 ?(?:관리자|시스템|발송)|メール配信",
    re.IGNORECASE,
)
_FAILURE: Final = re.compile(
    r"undeliver|returned mail|return(?:ed)? to sender|failure notice|delivery (?:has |have )?fail"
    r"|delivery status notification|mail delivery|not (?:be )?deliver|could not send|non remis"
    r"|delivery (?:problem|error|notification|report)|message status|mail system error|bounce"
    r"|unzustellbar|nicht zugestellt|zustellung|\bdsn\b|no entregado|devuelto|mancato recapito"
    r"|rejected|non[- ]?deliver|반송|발송 ?실패|전송 ?실패|배달|전달 ?(?:되지|실패)|배송 ?실패"
    r"|配信不能|配信でき|送信でき|エラーメール|届きません|退信|退回|投递|недоставл|не доставл",
    re.IGNORECASE,
)


def is_from_mail_system(message: Part) -> bool:
    """Tell whether the null return path, the sender's name or a report's form show it."""
    headers = message.headers
    if headers.find("return-path").strip() == "<>" or headers.find("x-failed-recipients"):
        return True
    if headers.parameter("content-type", "report-type").lower() == "delivery-status":
        return True
    return bool(_SENDER.search(decode_words(headers.find("from"))))


def is_called_failure(message: Part) -> bool:
    """Tell whether the subject says that something was not delivered."""
    return bool(_FAILURE.search(message.headers.subject))
