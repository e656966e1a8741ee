"""Debian's exim on loopback: the second of the mail servers that others wrote."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contracts.smtp_servers import find_free_port, wait_until_listening
from tests.contracts.smtp_tls import Authority

_UNPACKED = Path(__file__).parents[2] / "build" / "exim"
_NOBODY = 65_534


@contextmanager
def serving_exim(authority: Authority) -> Iterator[tuple[int, Path]]:
    """Run exim with a configuration of its own; yield its port and its Maildir.

    It wants STARTTLS, and takes mail for everybody at example.com and example.org but nobody, as
    `serving_postfix` does. It runs as an ordinary user.
    """
    program = _UNPACKED / "usr" / "sbin" / "exim4"
    if not program.exists():
        pytest.skip("there is no exim here; tests/contracts/fetch_exim.sh unpacks Debian's")
    user = _NOBODY if os.geteuid() == 0 else os.geteuid()
    port = find_free_port()
    # Of its own, since a folder of pytest's would be closed to another user.
    folder = Path(tempfile.mkdtemp(prefix="newsletter-exim-"))
    folder.chmod(0o755)
    # Where `wait_for_delivery` looks for them, as postfix has them.
    for part in ("queue", "mail", "mail/all"):
        (folder / part).mkdir()
    authority.write_server(folder / "server.pem", "localhost")
    (folder / "exim.conf").write_text(_CONF.format(folder=folder, program=program, user=user))
    (folder / "passwd").write_text(f"Debian-exim:x:{user}:{user}::/:/bin/false\n")
    (folder / "group").write_text(f"Debian-exim:x:{user}:\n")
    if user != os.geteuid():
        # All but the configuration, which exim wants to be root's.
        for part in ("queue", "mail", "mail/all", "server.pem"):
            os.chown(folder / part, user, user)
    process = subprocess.Popen(
        [program, "-C", folder / "exim.conf", "-bdf", "-oX", str(port)],
        env=_environ(folder),
        stderr=subprocess.DEVNULL,
        user=user,
        group=user,
        extra_groups=[],
    )
    try:
        wait_until_listening(port)
        yield port, folder / "mail" / "all"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def _environ(folder: Path) -> dict[str, str]:
    """Let it find its libraries, and the user whom its package would have made."""
    [libraries] = (_UNPACKED / "usr" / "lib").glob("*-linux-gnu")
    return {
        "LD_LIBRARY_PATH": str(libraries),
        "LD_PRELOAD": str(libraries / "libnss_wrapper.so"),
        "NSS_WRAPPER_PASSWD": str(folder / "passwd"),
        "NSS_WRAPPER_GROUP": str(folder / "group"),
    }


_CONF = """\
exim_path = {program}
exim_user = {user}
exim_group = {user}
deliver_drop_privilege = true
keep_environment = LD_LIBRARY_PATH : LD_PRELOAD : ^NSS_WRAPPER
primary_hostname = localhost.localdomain
spool_directory = {folder}/queue
log_file_path = {folder}/queue/%slog
pid_file_path = {folder}/queue/exim.pid
local_interfaces = 127.0.0.1
tls_advertise_hosts = *
tls_certificate = {folder}/server.pem
tls_privatekey = {folder}/server.pem
acl_smtp_rcpt = recipient
host_lookup =
rfc1413_hosts =

begin acl
recipient:
  deny message = 5.7.0 STARTTLS first
       ! encrypted = *
  deny message = 5.1.1 no such mailbox
       local_parts = nobody
  accept domains = example.com : example.org
  deny message = 5.7.1 this server sends nothing on

begin routers
everybody:
  driver = accept
  transport = mailbox

begin transports
mailbox:
  driver = appendfile
  directory = {folder}/mail/all
  maildir_format
  envelope_to_add
  return_path_add
"""
