"""What does a recipient cost on the way to SendGrid, beside what its package costs anyway?

Sends one edition of about 40 KB to a SendGrid of our own in another process, through the transport
and through the bare package with the same requests ready made, and prints the processor time of
this process per 1,000 recipients.

Usage: python -m bench.sendgrid [--recipients 20000] [--runs 3]
"""

import argparse
import asyncio
import gc
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import sendgrid

from newsletter.rendering.edition import Field, build_edition
from newsletter.sending.message.recipient import DeliveryId, Recipient
from newsletter.sending.message.template import MessageTemplate, compile_message
from newsletter.sending.recipient_stream import RecipientStream
from newsletter.sending.transports.sendgrid.request import Body, compile_request
from newsletter.sending.transports.sendgrid.transport import SendGridTransport
from newsletter.settings import SendGridSettings, parse_settings
from subscribers.address import EmailAddress

PORT = 4019
URL = f"http://127.0.0.1:{PORT}"
BATCH_SIZES = (250, 1000)
TOML = """
[newsletter]
name = "The Weekly"
from = "The Weekly <weekly@example.org>"
base_url = "https://weekly.example.org"
[transport]
url = "memory:"
"""


def make_template() -> MessageTemplate:
    """Compile 21 KB of page and 11 KB of text with five fields."""
    name = Field("subscriber.name", "friend", "html")
    leave = Field("unsubscribe_url", "", "url")
    page = "<p>A paragraph of some length, as an issue has them.</p>\n"
    edition = build_edition(
        slug="bench",
        subject=("An issue",),
        preheader="",
        language="en",
        html=("<p>Hello ", name, page * 370, '<a href="', leave, '">Leave</a>\n'),
        text=("Hello ", Field(name.name, "friend", "text"), page * 190, Field(leave.name)),
        archive_url="https://weekly.example.org/archive/bench",
    )
    settings = parse_settings(TOML, path=Path("newsletter.toml"))
    return compile_message(edition, settings.newsletter)


def make_recipients(count: int) -> list[Recipient]:
    """Make recipients with everything that is theirs."""
    return [
        Recipient(
            delivery_id=DeliveryId(1, number),
            address=EmailAddress.parse(f"reader{number}@example.org"),
            name=f"Reader {number}",
            language="en",
            fields={},
            message_id=f"<{number:044}@example.org>",
            dated_at_ms=1_800_000_000_000,
            unsubscribe_url=f"https://weekly.example.org/u/{number:044}",
            unsubscribe_token=f"{number:044}",
            return_path="weekly@example.org",
        )
        for number in range(count)
    ]


def send_through_transport(
    template: MessageTemplate, recipients: Sequence[Recipient], batch_size: int
) -> None:
    """Hand everybody over and see that everybody was accepted."""
    settings = SendGridSettings(api_key="SG.bench", host=URL, batch_size=batch_size)
    transport = SendGridTransport(settings, now_seconds=time.time)
    outcomes: Counter[str] = Counter()

    async def run() -> None:
        stream = RecipientStream(recipients, is_closed=True)
        await transport.deliver(
            template, stream, lambda _, outcome: outcomes.update([type(outcome).__name__])
        )

    asyncio.run(run())
    if outcomes != {"Accepted": len(recipients)}:
        sys.exit(f"Not everybody was accepted: {outcomes}")


def build_bodies(
    template: MessageTemplate, recipients: Sequence[Recipient], batch_size: int
) -> list[Body]:
    """Build the requests that the transport would make."""
    request = compile_request(template, is_sandbox=False)
    parts = [request.personalize(each) for each in recipients]
    return [
        request.build_body(parts[start : start + batch_size])
        for start in range(0, len(parts), batch_size)
    ]


def send_through_package(bodies: Sequence[Body]) -> None:
    """Hand over what is ready made, as the package's documentation shows it."""
    for body in bodies:
        sendgrid.SendGridAPIClient("SG.bench", host=URL).send(body)


def measure(recipients: Sequence[Recipient], batch_size: int) -> tuple[float, float, float]:
    """Return milliseconds per 1,000 recipients: transport, package, and recipients per second."""
    template = make_template()
    thousands = len(recipients) / 1000
    bodies = build_bodies(template, recipients, batch_size)
    began = time.process_time()
    send_through_package(bodies)
    package = time.process_time() - began
    began, began_at = time.process_time(), time.perf_counter()
    send_through_transport(template, recipients, batch_size)
    whole, seconds = time.process_time() - began, time.perf_counter() - began_at
    return whole * 1000 / thousands, package * 1000 / thousands, len(recipients) / seconds


def main() -> None:
    """Print a row per run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipients", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    recipients = make_recipients(options.recipients)
    # In a real run only those in flight exist; here the collector would walk over all of them.
    gc.collect()
    gc.freeze()
    fake = [sys.executable, "-m", "newsletter.sending.transports.sendgrid.fake"]
    with subprocess.Popen(
        [*fake, "--port", str(PORT)], stdout=subprocess.PIPE, text=True
    ) as server:
        if server.stdout is None or "Listening" not in server.stdout.readline():
            sys.exit("The server did not start.")
        print(f"{'batch':>6} {'transport':>10} {'package':>8} {'ours':>6}   recipients/s")
        for batch_size in BATCH_SIZES:
            for _ in range(options.runs):
                whole, package, rate = measure(recipients, batch_size)
                ours = whole - package
                print(f"{batch_size:>6} {whole:>10.1f} {package:>8.1f} {ours:>6.1f} {rate:>14,.0f}")
        server.terminate()
    print("Milliseconds of processor time per 1,000 recipients. `ours` is the rest beside the")
    print("package's own; the rate is that of the server, which checks each request.")


if __name__ == "__main__":
    main()
