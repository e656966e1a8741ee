"""Measures the operator's page: 100,000 readers, 30 issues, and the time that each page takes.

    .venv/bin/python -m bench.desk [--readers N] [--issues N] [--keep FOLDER]

Readers and deliveries are written into an SQLite file as a year of sending would leave them; a real
`newsletter serve` answers. The newest issue is being sent, some of the one before is in doubt, and
the sums of the others were kept when they ended. Processor time is the server's own: where the
machine has other things to do, it says more than the clock.
"""

import argparse
import os
import re
import statistics
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bench.desk_sample import PASSWORD, READER, fill, make_newsletter, serving

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOKS = 15


def main() -> None:
    """Fill a newsletter, look at each page, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=100_000)
    parser.add_argument("--issues", type=int, default=30)
    parser.add_argument("--keep", type=Path, help="Make the newsletter here and leave it.")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as name:
        folder = wanted.keep or Path(name) / "weekly"
        port = make_newsletter(folder)
        began = time.perf_counter()
        fill(folder, readers=wanted.readers, issues=wanted.issues)
        size = (folder / "newsletter.db").stat().st_size / 1_000_000
        print(
            f"{wanted.readers:,} readers, {wanted.issues} issues, {size:,.0f} MB,"
            f" filled in {time.perf_counter() - began:.0f} s\n"
        )
        with serving(folder, port) as pid:
            _measure(port, pid, newest=f"issue-{wanted.issues:02}", ended="issue-01")


def _measure(port: int, pid: int, *, newest: str, ended: str) -> None:
    cookie = _sign_in(port)
    pages: dict[str, Callable[[], float]] = {
        "issues": lambda: _look(port, cookie, "/desk/"),
        "issue, being sent": lambda: _look(port, cookie, f"/desk/issues/{newest}"),
        "issue, ended": lambda: _look(port, cookie, f"/desk/issues/{ended}"),
        "errors": lambda: _look(port, cookie, "/desk/errors"),
        "held and suspicious": lambda: _look(port, cookie, "/desk/held"),
        "readers": lambda: _look(port, cookie, "/desk/readers"),
        "one reader": lambda: _ask(port, cookie, READER),
        "actions": lambda: _look(port, cookie, "/desk/actions"),
        "sessions": lambda: _look(port, cookie, "/desk/sessions"),
    }
    print("page                   median ms   slowest   processor")
    for name, look in pages.items():
        look()
        before = _read_processor_seconds(pid)
        seconds = [look() for _ in range(_LOOKS)]
        processor = (_read_processor_seconds(pid) - before) / _LOOKS
        print(
            f"{name:<22} {statistics.median(seconds) * 1000:9.0f} {max(seconds) * 1000:9.0f}"
            f" {processor * 1000:11.0f}"
        )


def _read_processor_seconds(pid: int) -> float:
    """Read how long a process has had a processor, in hundredths of a second on Linux."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _sign_in(port: int) -> str:
    """Sign in; return the cookie."""
    stamp = _fetch_stamp(port, "", "/desk/sign-in")
    fields = {"name": "kim", "password": PASSWORD, "stamp": stamp}
    status, headers, _ = _request(port, "POST", "/desk/sign-in", "", fields)
    _expect(status, 303)
    return headers["set-cookie"].partition(";")[0]


def _look(port: int, cookie: str, path: str) -> float:
    began = time.perf_counter()
    status, _, _ = _request(port, "GET", path, cookie)
    _expect(status, 200)
    return time.perf_counter() - began


def _ask(port: int, cookie: str, address: str) -> float:
    stamp = _fetch_stamp(port, cookie, "/desk/reader")
    began = time.perf_counter()
    fields = {"email": address, "stamp": stamp}
    status, _, _ = _request(port, "POST", "/desk/reader", cookie, fields)
    _expect(status, 200)
    return time.perf_counter() - began


def _expect(status: int, wanted: int) -> None:
    if status != wanted:
        raise SystemExit(f"a page answered {status}, not {wanted}")


def _fetch_stamp(port: int, cookie: str, path: str) -> str:
    _, _, page = _request(port, "GET", path, cookie)
    # The last form is the page's own; the first one signs out.
    stamp: str = re.findall(r'name="stamp" value="([^"]+)"', page)[-1]
    return stamp


def _request(
    port: int, method: str, path: str, cookie: str, fields: dict[str, str] | None = None
) -> tuple[int, dict[str, str], str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": cookie, "Origin": f"http://127.0.0.1:{port}"}
    if fields:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(method, path, urlencode(fields) if fields else None, headers)
    response = connection.getresponse()
    page = response.read().decode()
    connection.close()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, page


if __name__ == "__main__":
    main()
