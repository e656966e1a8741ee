"""Servers that others wrote, each started on loopback for a test."""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.contracts.smtp_tls import Authority

PATIENCE_SECONDS = 60
USER, PASSWORD = "kim", "correct horse"
_LOGIN = LoginPassword(USER.encode(), PASSWORD.encode())


def find_free_port() -> int:
    """Find a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_listening(port: int) -> None:
    """Wait until somebody listens on a port."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up_at:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"nobody listens on port {port}")


def require_program(name: str) -> str:
    """Return where a program is; without it the test is skipped, which CI does not take."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/lib/postfix/sbin"
    found = shutil.which(name, path=path)
    if found is None:
        pytest.skip(f"there is no {name} here; it is in Debian's package postfix")
    return found


@dataclass
class _Inbox:
    """What aiosmtpd asks about each command."""

    messages: list[bytes] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks for this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        """Know everybody but nobody."""
        if address == "nobody@example.org":
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(  # noqa: N802 - aiosmtpd looks for this name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the message."""
        content = envelope.original_content
        assert content is not None
        self.messages.append(content)
        return "250 2.0.0 kept"


def _authenticate(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: object
) -> AuthResult:
    return AuthResult(success=login == _LOGIN, handled=False)


@contextmanager
def serving_aiosmtpd(tls: ssl.SSLContext, *, is_implicit: bool) -> Iterator[tuple[int, _Inbox]]:
    """Run aiosmtpd, which wants TLS and a login; yield its port and what it gets."""
    inbox = _Inbox()
    controller = Controller(
        inbox,
        hostname="localhost",
        port=find_free_port(),
        ssl_context=tls if is_implicit else None,
        tls_context=None if is_implicit else tls,
        require_starttls=not is_implicit,
        auth_required=True,
        auth_require_tls=not is_implicit,
        authenticator=_authenticate,
    )
    controller.start()
    try:
        yield controller.port, inbox
    finally:
        controller.stop()


@contextmanager
def serving_sink(*options: str) -> Iterator[tuple[int, Path]]:
    """Run postfix's smtp-sink; yield its port and the folder it writes each message to."""
    program, port = require_program("smtp-sink"), find_free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        user = ["-u", "root"] if os.geteuid() == 0 else []
        command = [program, *user, *options, "-d", f"{folder}/%M.", f"127.0.0.1:{port}", "100"]
        process = subprocess.Popen(command, cwd=folder)
        try:
            wait_until_listening(port)
            yield port, folder
        finally:
            process.terminate()
            process.wait()


@contextmanager
def serving_postfix(authority: Authority) -> Iterator[tuple[int, Path]]:
    """Run a whole mail server of its own configuration; yield its port and its Maildir.

    It wants STARTTLS, and takes mail for everybody at example.com and example.org but nobody. What
    it took for gone, full and blocked there comes back, and what it took for late after a while:
    into the Maildir `bounces` beside.
    """
    postfix, port = require_program("postfix"), find_free_port()
    if os.geteuid() != 0:
        pytest.skip("postfix starts as root only")
    # Its own user must reach the folder: one of pytest's would be closed to him.
    folder = Path(tempfile.mkdtemp(prefix="newsletter-postfix-"))
    folder.chmod(0o755)
    for part in ("conf", "queue", "data", "mail"):
        (folder / part).mkdir()
    shutil.chown(folder / "data", "postfix")
    # Whoever owns no other file here owns the delivered ones.
    os.chown(folder / "mail", 65_534, 65_534)
    authority.write_server(folder / "conf" / "server.pem", "localhost")
    conf = folder / "conf"
    (conf / "main.cf").write_text(_MAIN.format(folder=folder), encoding="utf-8")
    (conf / "master.cf").write_text(_MASTER.format(port=port), encoding="utf-8")
    (conf / "known").write_text("/@bounces\\./ bounces/\n/./ all/\n", encoding="utf-8")
    (conf / "refused").write_text("/^nobody@/ 550 5.1.1 no such mailbox\n", encoding="utf-8")
    (conf / "returned").write_text(
        "/^gone@/ error:5.1.1 no such mailbox here\n"
        "/^full@/ error:5.2.2 mailbox full\n"
        "/^blocked@/ error:5.7.1 message refused by policy\n"
        "/^late@/ retry:4.4.1 the server of this mailbox does not answer\n",
        encoding="utf-8",
    )
    subprocess.run([postfix, "-c", conf, "start"], check=True, capture_output=True)
    try:
        wait_until_listening(port)
        yield port, folder / "mail" / "all"
    finally:
        subprocess.run([postfix, "-c", conf, "stop"], check=False, capture_output=True)
        shutil.rmtree(folder)


def wait_for_delivery(maildir: Path) -> None:
    """Wait until everything that a mail server has taken is in its Maildir."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while _is_busy(maildir.parents[1] / "queue") and time.monotonic() < give_up_at:
        time.sleep(0.02)


def _is_busy(queue: Path) -> bool:
    return any(next((queue / name).rglob(files), None) for name, files in _QUEUES.items())


#: Where a message waits, and what its file looks like: postfix's queues, then exim's.
_QUEUES = {
    **dict.fromkeys(("incoming", "active", "maildrop", "deferred"), "[0-9A-F]*[0-9A-F]"),
    "input": "*-[DH]",
}


_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/queue/log
maillog_file_prefixes = {folder}
multi_instance_name = postfix-newsletter-test
syslog_name = postfix-newsletter-test
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost.localdomain
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
mynetworks =
default_transport = error:this server sends nothing on
relay_transport = error:this server sends nothing on
virtual_mailbox_domains = example.com, example.org, bounces.example.org
transport_maps = regexp:{folder}/conf/returned
smtpd_reject_unlisted_recipient = no
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
maximal_queue_lifetime = 2s
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = regexp:{folder}/conf/known
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_minimum_uid = 100
smtpd_tls_security_level = encrypt
smtpd_tls_received_header = yes
smtpd_tls_chain_files = {folder}/conf/server.pem
smtpd_recipient_restrictions =
    check_recipient_access regexp:{folder}/conf/refused reject_unauth_destination
smtpd_client_connection_count_limit = 0
message_size_limit = 200000
smtpd_peername_lookup = no
"""

_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""
