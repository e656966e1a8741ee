"""Transports that keep messages on this machine."""

import os
from pathlib import Path

from newsletter.doctor.examination import Examination
from newsletter.doctor.rules import next_hop as rules
from newsletter.rendering.finding import build_finding


def examine_kept_here(url: str) -> Examination:
    """Look at ``maildir:PATH``, whether it can be written, or ``memory:``."""
    scheme, _, path = url.partition(":")
    findings = [build_finding(rules.LOCAL, f"[transport] url is {scheme}:")]
    if scheme == "maildir":
        try:
            folder = _find_existing(Path(path))
        except OSError as error:
            findings.append(build_finding(rules.MAILDIR, f"{path}: {error.strerror}"))
        else:
            if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
                findings.append(build_finding(rules.MAILDIR, f"{folder} cannot be written"))
    return Examination(subject="next hop", findings=tuple(findings))


def _find_existing(path: Path) -> Path:
    """Find the path, or the nearest folder above it that is there."""
    return next(each for each in (path, *path.parents) if each.exists())
