"""What does a recipient cost on the way to SendGrid, beside what its package costs anyway?

Sends one edition of about 40 KB to a SendGrid of our own in another process, through the transport
and through the bare package with the same requests ready made, and prints the processor time of
this process per 1,000 recipients. Beside a busy core the package takes longer than alone, so a
clock tells what its calls take where the transport makes them.

Usage: python -m bench.sendgrid [--recipients 20000] [--runs 3]
"""

import argparse
import gc
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sendgrid

from newsletter.rendering.edition import Field, build_edition
from newsletter.sending.message.recipient import DeliveryId, Recipient
from newsletter.sending.message.template import MessageTemplate, compile_message
from newsletter.sending.recipient_stream import RecipientStream
from newsletter.sending.transports.sendgrid.client import Reply, SendGridClient
from newsletter.sending.transports.sendgrid.request import Body, compile_request
from newsletter.sending.transports.sendgrid.transport import SendGridTransport
from newsletter.sending.transports.transport import Outcome
from newsletter.settings import SendGridSettings, parse_settings
from newsletter.usecases.event_loop import run_async
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

    def count(_: DeliveryId, outcome: Outcome) -> None:
        outcomes[type(outcome).__name__] += 1

    async def run() -> None:
        stream = RecipientStream(recipients, is_closed=True)
        await transport.deliver(template, stream, count)

    run_async(run())
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


#: Each entry is one call's seconds; appending is safe from several threads.
_call_seconds: list[float] = []
_send = SendGridClient.send


def _send_by_the_clock(self: SendGridClient, body: Body) -> Reply:
    began = time.thread_time()
    reply = _send(self, body)
    _call_seconds.append(time.thread_time() - began)
    return reply


@dataclass(frozen=True)
class Cost:
    """Seconds of processor time, and of the clock on the wall."""

    transport: float
    package_alone: float
    package_inside: float
    wall: float


def measure(recipients: Sequence[Recipient], batch_size: int) -> Cost:
    """Send to everybody through the bare package, and through the transport."""
    template = make_template()
    bodies = build_bodies(template, recipients, batch_size)
    began = time.process_time()
    send_through_package(bodies)
    package = time.process_time() - began
    _call_seconds.clear()
    began, began_at = time.process_time(), time.perf_counter()
    send_through_transport(template, recipients, batch_size)
    whole, wall = time.process_time() - began, time.perf_counter() - began_at
    return Cost(whole, package, sum(_call_seconds), wall)


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
        print(
            f"{'batch':>6} {'transport':>10} {'package':>8} {'alone':>6} {'ours':>6} {'per s':>9}"
        )
        SendGridClient.send = _send_by_the_clock  # type: ignore[method-assign] # not the product's
        for batch_size in BATCH_SIZES:
            for _ in range(options.runs):
                print_row(batch_size, measure(recipients, batch_size), len(recipients))
        server.terminate()
    print("Milliseconds of processor time per 1,000 recipients. `ours` is the rest beside the")
    print("package's own; the rate is that of the server, which checks each request.")


def print_row(batch_size: int, cost: Cost, recipients: int) -> None:
    """Print what 1,000 recipients cost."""
    costs = (cost.transport, cost.package_inside, cost.package_alone)
    whole, inside, alone = (seconds * 1e6 / recipients for seconds in costs)
    row = f"{batch_size:>6} {whole:>10.1f} {inside:>8.1f} {alone:>6.1f} {whole - inside:>6.1f}"
    print(f"{row} {recipients / cost.wall:>9,.0f}")


if __name__ == "__main__":
    main()
