"""A newsletter with nothing wrong about it: keys, next hop, pages by HTTPS and names in DNS."""

import json
import subprocess
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
import uvicorn

from newsletter.bootstrap import open_installation
from newsletter.cli import run
from newsletter.sending.message.private_key import quote_txt
from newsletter.settings import load_settings
from newsletter.web.app import create_app
from tests.acceptance.weekly import Answer, Weekly
from tests.contracts.name_server import serving_zone
from tests.contracts.scripted_smtp import ScriptedSmtpServer
from tests.contracts.smtp_servers import PATIENCE_SECONDS, find_free_port
from tests.contracts.smtp_tls import Authority

DOMAIN = "spring-weekly.dev"
#: Of the RSA key; the other's is this with its kind behind it.
SELECTOR = "spring"
_ZONE = f"""\
mail.{DOMAIN}. A 203.0.113.25
{DOMAIN}. MX 10 mail.{DOMAIN}.
www.{DOMAIN}. A 127.0.0.1
bounce.{DOMAIN}. MX 10 mail.{DOMAIN}.
bounce.{DOMAIN}. TXT "v=spf1 a:mail.{DOMAIN} include:_spf.relay.dev -all"
_spf.relay.dev. TXT "v=spf1 ip4:198.51.100.0/24 -all"
_dmarc.{DOMAIN}. TXT "v=DMARC1; p=quarantine; rua=mailto:dmarc@{DOMAIN}"
"""


@dataclass(frozen=True)
class Sound:
    """The newsletter, its next hop, and what is told of it in DNS."""

    folder: Path
    base_url: str
    zone: str
    next_hop: ScriptedSmtpServer

    def examine(
        self,
        capsys: pytest.CaptureFixture[str],
        *options: str,
        zone: str = "",
        broken: Collection[str] = (),
    ) -> Answer:
        """Run the doctor against a name server that knows the zone, or another one."""
        with serving_zone(zone or self.zone, broken=broken) as port:
            weekly = Weekly(self.folder, capsys)
            return weekly.run("doctor", "--nameserver", f"127.0.0.1:{port}", *options)

    def spoil(self, old: str, new: str) -> str:
        """Put one thing in the zone in another's place; return the whole."""
        assert self.zone.count(old) == 1, old
        return self.zone.replace(old, new)


@contextmanager
def standing(folder: Path, authority: Authority) -> Iterator[Sound]:
    """Make it and let it stand until the end of the block."""
    port = find_free_port()
    base_url = f"https://www.{DOMAIN}:{port}"
    names = ("--name", "Spring", "--from", f"Spring <spring@{DOMAIN}>", "--base-url", base_url)
    assert run(["init", str(folder), *names]) == 0
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    with ExitStack() as stack:
        next_hop = stack.enter_context(ScriptedSmtpServer().serving())
        settings = folder / "newsletter.toml"
        text = settings.read_text(encoding="utf-8")
        transport = f'url = "{next_hop.url}"\nbounce_domain = "bounce.{DOMAIN}"'
        text = text.replace('url = "maildir:maildir"', transport) + "\n[dkim]\n"
        records, keys = "", dict[str, str]()
        for options in ((), ("--ed25519",)):
            made = _generate(folder, *options)
            head, mark, key = made["dns"]["value"].partition("p=")
            records += f'{made["dns"]["name"]}. TXT "{head}" {quote_txt(mark + key)}\n'
            keys = {**keys, **made["settings"]}
        text += "".join(f'{name} = "{value}"\n' for name, value in keys.items())
        settings.write_text(text, encoding="utf-8")
        stack.enter_context(_serving_pages(folder, authority, port))
        yield Sound(folder, base_url, _ZONE + records, next_hop)


def _generate(folder: Path, *options: str) -> dict[str, dict[str, str]]:
    selector = SELECTOR + "".join(options).replace("--", "-")
    command = ["-C", str(folder), "keys", "generate", "dkim", "--selector", selector, "--json"]
    with redirect_stdout(StringIO()) as out:
        assert run([*command, *options]) == 0
    made: dict[str, dict[str, str]] = json.loads(out.getvalue())
    return made


@contextmanager
def _serving_pages(folder: Path, authority: Authority, port: int) -> Iterator[None]:
    """Serve the pages as they are, by HTTPS, from this process."""
    certificate = authority.write_server(folder.with_suffix(".pem"), f"www.{DOMAIN}")
    installation = open_installation(load_settings(folder))
    config = uvicorn.Config(
        create_app(installation),
        port=port,
        log_level="critical",
        lifespan="off",
        ssl_certfile=certificate,
        ssl_keyfile=certificate,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not server.started and time.monotonic() < give_up_at:
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
        installation.database.close()
