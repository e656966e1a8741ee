"""The script that everybody writes first: smtplib, MIMEText, one connection, no record of anything.

The baseline of every table in this folder. It sends the same page and text as our sender, with the
same headers, to the same number of people.

Usage: python -m bench.by_hand PORT MESSAGES HTML_FILE TEXT_FILE
"""

import smtplib
import sys
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formataddr, formatdate, make_msgid
from pathlib import Path


def build(number: int, page: str, text: str) -> MIMEMultipart:
    """Build one person's message."""
    link = f"https://example.org/u/{number}"
    message = MIMEMultipart("alternative")
    message["From"] = formataddr(("Bench", "bench@example.org"))
    message["To"] = formataddr((f"Reader {number}", f"reader{number}@example.org"))
    message["Subject"] = "An issue"
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain="example.org")
    message["List-Id"] = "Bench <bench.example.org>"
    message["List-Unsubscribe"] = f"<{link}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    name = f"Reader {number}"
    message.attach(MIMEText(text.replace("%NAME%", name).replace("%LINK%", link), "plain"))
    message.attach(MIMEText(page.replace("%NAME%", name).replace("%LINK%", link), "html"))
    return message


def main() -> None:
    """Send them all."""
    port, count = int(sys.argv[1]), int(sys.argv[2])
    page, text = (Path(name).read_text(encoding="utf-8") for name in sys.argv[3:5])
    with smtplib.SMTP("127.0.0.1", port) as server:
        for number in range(count):
            server.send_message(build(number, page, text))


if __name__ == "__main__":
    main()
