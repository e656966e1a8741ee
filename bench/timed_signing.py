"""The command line, with a clock on its RSA signatures: what they cost where they are made.

Beside a busy core the same operation takes up to half as long again, so that its cost alone on a
quiet machine says too little about its share. Processor time of the signing thread; the wait for
the interpreter's lock is none.

Usage: python -m bench.timed_signing ARGUMENTS…
Adds up the seconds in the file that the environment names by BENCH_RSA_SECONDS.
"""

import os
import sys
import time
from pathlib import Path

from newsletter.cli import run
from newsletter.sending.message.private_key import RsaKey

#: Each entry is one signature's; appending is safe from several threads.
_seconds: list[float] = []
_sign = RsaKey.sign


def _sign_by_the_clock(self: RsaKey, data: bytes) -> bytes:
    began = time.thread_time()
    signature = _sign(self, data)
    _seconds.append(time.thread_time() - began)
    return signature


def main() -> None:
    """Run one command, then note what its RSA signatures cost."""
    RsaKey.sign = _sign_by_the_clock  # type: ignore[method-assign] # the clock is not the product's
    code = run(sys.argv[1:])
    Path(os.environ["BENCH_RSA_SECONDS"]).write_text(str(sum(_seconds)), encoding="ascii")
    sys.exit(code)


if __name__ == "__main__":
    main()
