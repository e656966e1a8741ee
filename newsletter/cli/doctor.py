"""`newsletter doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.exit_code import ExitCode
from newsletter.cli.failure import WrongUsageError
from newsletter.cli.opening import folder_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import print_json
from newsletter.doctor.names import NameServer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from newsletter.doctor.examination import Examination
    from newsletter.rendering.finding import Finding


def parse_name_server(text: str) -> NameServer:
    """Read ``HOST`` or ``HOST:PORT``.

    Raises:
        typer.BadParameter: It is neither, or there is no such host.
    """
    import socket
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(f"//{text}" if text.count(":") < 2 or "[" in text else f"//[{text}]")
        host, port = parts.hostname or "", parts.port or 53
        address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0][4][0] if host else ""
    except (OSError, ValueError):
        address = ""
    if not address:
        raise typer.BadParameter(f"{text!r} is no name server, expected such as 127.0.0.1:5353")
    return NameServer(str(address), port)


def doctor(
    context: typer.Context,
    *,
    fix: Annotated[
        bool,
        typer.Option("--fix", help="First mend what is safe: rights, .gitignore, older tables."),
    ] = False,
    message: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Look at a message that arrived, saved as its source, instead.",
            show_default=False,
        ),
    ] = None,
    nameserver: Annotated[
        NameServer | None,
        typer.Option(
            metavar="HOST",
            parser=parse_name_server,
            help="Ask this name server, or HOST:PORT, instead of the system's.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find what would keep issues from arriving, before the first one is sent.

    Looks at settings, key files, database, clock, the next hop (TLS, login), DNS (SPF, DKIM, DMARC,
    MX) and one-click unsubscription. Sends nothing. Ends with 3 when there are errors. Every rule
    is in docs/reference/doctor.md.

    Examples:
        newsletter doctor
        newsletter doctor --fix
        newsletter doctor --message received.eml --nameserver 9.9.9.9
    """
    if fix and message:
        raise WrongUsageError("--fix and --message: a message that arrived cannot be mended")
    mended = []
    for done in _mend(folder_of(context)) if fix else ():
        mended.append(done)
        if not as_json:
            print(f"mended   {_plain(done)}")
    examinations = []
    for each in _examine(folder_of(context), message, nameserver):
        examinations.append(each)
        if not as_json:
            _print_examination(each)
    findings = [finding for each in examinations for finding in each.findings]
    if as_json:
        _print_document(examinations, findings, mended)
    else:
        _print_end(findings)
    has_errors = any(each.verdict == "error" for each in examinations)
    raise typer.Exit(ExitCode.CHECKS_FOUND_ERRORS if has_errors else ExitCode.OK)


def _mend(folder: Path) -> Iterator[str]:
    from newsletter.usecases.mend_installation import mend_installation

    return mend_installation(folder)


def _examine(
    folder: Path, message: Path | None, name_server: NameServer | None
) -> Iterator[Examination]:
    import time

    from newsletter.usecases.examine_installation import Surroundings, examine_installation
    from newsletter.usecases.examine_message import examine_message

    if message:
        return examine_message(message, name_server)
    now_ms = time.time_ns() // 1_000_000
    return examine_installation(folder, Surroundings(name_server, now_ms))


def _print_examination(examination: Examination) -> None:
    """Print one line for what is well, and for each finding what it is and how to mend it."""
    seen = f": {_plain(examination.seen)}" if examination.seen else ""
    if examination.findings:
        seen = ""
    print(f"{examination.verdict:<8} {_plain(examination.subject)}{seen}", flush=True)
    for finding in examination.findings:
        print(f"         {finding.severity}: {_plain(finding.message)} [{finding.rule}]")
        print(f"             {_plain(finding.advice)}")


def _print_document(
    examinations: Iterable[Examination], findings: Iterable[Finding], mended: list[str]
) -> None:
    from newsletter.cli.findings import count_findings

    print_json(
        {
            "mended": mended,
            "examined": [
                {
                    "subject": each.subject,
                    "verdict": each.verdict,
                    "seen": each.seen,
                    "findings": [
                        {
                            "rule": finding.rule,
                            "severity": finding.severity.value,
                            "message": finding.message,
                            "advice": finding.advice,
                        }
                        for finding in each.findings
                    ],
                }
                for each in examinations
            ],
            **count_findings(findings),
        }
    )


def _print_end(findings: list[Finding]) -> None:
    from newsletter.cli.findings import summarise_findings

    print(f"\n{summarise_findings(findings).capitalize()}.")


def _plain(text: str) -> str:
    """Show what came from outside without what could steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
