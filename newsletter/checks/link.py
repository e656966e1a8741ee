"""A link or an image as the author wrote it, and its target taken apart."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

_PRIVATE_HOST: Final = re.compile(
    r"localhost|.*\.(?:localhost|local|internal|test|invalid|lan)|127\.[\d.]+|10\.[\d.]+"
    r"|192\.168\.[\d.]+|172\.(?:1[6-9]|2\d|3[01])\.[\d.]+|169\.254\.[\d.]+|0\.0\.0\.0|::1|f[cd].*:.*"
)


@dataclass(frozen=True, kw_only=True)
class Link:
    """One link or image of an issue."""

    #: As it is in the page: absolute, in ASCII.
    target: str
    #: What it shows, on one line; an image's description.
    words: str
    #: Of the issue's file.
    line: int
    column: int = 0
    #: Made from a bare URL, which is its words too.
    is_bare: bool = False
    is_image: bool = False

    @cached_property
    def parts(self) -> SplitResult | None:
        """The parts of the target; None when it is no URL at all."""
        try:
            parts = urlsplit(self.target)
            _ = parts.port
        except ValueError:
            return None
        return parts

    @property
    def host(self) -> str:
        """The host in lower case; empty for none."""
        return (self.parts.hostname or "") if self.parts else ""

    @property
    def scheme(self) -> str:
        """The scheme in lower case; empty for none."""
        return self.parts.scheme if self.parts else ""

    @property
    def is_web(self) -> bool:
        """Tell whether it leads to the web."""
        return self.scheme in {"http", "https"}

    @property
    def shown_target(self) -> str:
        """The target for messages: decoded, on one line, not too long."""
        shown = " ".join(unquote(self.target).split())
        return shown if len(shown) <= 80 else f"{shown[:77]}…"


def is_private_host(host: str) -> bool:
    """Tell whether only this machine or this network can reach a host."""
    is_name = "." not in host and ":" not in host
    return bool(host) and (is_name or _PRIVATE_HOST.fullmatch(host) is not None)
