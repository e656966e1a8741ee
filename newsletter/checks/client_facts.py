"""What is known of mail clients: caniemail.json beside this file, and how many readers have which.

Of each client the newest version counts. Clients that the data does not know are named in
`UNCOVERED`: nothing is said about them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

#: Percent of readers, by client. An assumption, not a measurement: public counts of opens (Litmus)
#: give Apple about half, which its own machines open in part; that was cut down, and the rest
#: spread over platforms. What is left to 100 are clients that nobody counts.
SHARES: Final[Mapping[str, float]] = {
    "apple-mail.ios": 28,
    "apple-mail.macos": 8,
    "gmail.desktop-webmail": 17,
    "gmail.android": 12,
    "gmail.ios": 6,
    "gmail.mobile-webmail": 1,
    "outlook.windows": 7,
    "outlook.outlook-com": 5,
    "outlook.macos": 2,
    "outlook.ios": 2,
    "outlook.android": 2,
    "yahoo.desktop-webmail": 3,
    "yahoo.ios": 1,
    "yahoo.android": 1,
    "samsung-email.android": 3,
}
#: Widely used, and not in the data.
UNCOVERED: Final = ("Naver", "Daum")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Feature:
    """One thing that clients know or do not know."""

    slug: str
    title: str
    #: Clients that do not know it, by id.
    missing_in: tuple[str, ...]
    #: Clients that know a part of it, each with what is said about it, which may be empty.
    partial_in: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientFacts:
    """All features, by the signs with which a page shows that it uses them."""

    #: Such as ``2026-05-13``.
    updated_on: str
    source: str
    #: Name for people by id.
    names: Mapping[str, str]
    by_sign: Mapping[str, tuple[Feature, ...]]


@cache
def load_client_facts() -> ClientFacts:
    """Load the facts, once for the life of the process."""
    text = files("newsletter.checks").joinpath("caniemail.json").read_text("utf-8")
    data = json.loads(text)
    about = data["about"]
    by_sign: dict[str, tuple[Feature, ...]] = {}
    for entry in data["features"]:
        feature = _read_feature(entry, list(about["clients"]))
        for sign in entry["signs"]:
            by_sign[sign] = (*by_sign.get(sign, ()), feature)
    return ClientFacts(
        updated_on=about["updated_on"],
        source=about["source"],
        names={client: _shorten(name) for client, name in about["clients"].items()},
        by_sign=by_sign,
    )


def sum_shares(clients: tuple[str, ...]) -> float:
    """Tell how many percent of readers have one of these clients."""
    return sum(SHARES.get(client, 0) for client in clients)


def _read_feature(entry: dict[str, Any], clients: list[str]) -> Feature:
    answers = dict(zip(clients, entry["support"], strict=True))
    notes, noted = entry.get("notes", {}), entry.get("noted", {})
    return Feature(
        slug=entry["slug"],
        title=entry["title"],
        missing_in=tuple(client for client in clients if answers[client] == "n"),
        partial_in={
            client: " ".join(notes.get(str(number), "") for number in noted.get(client, ()))
            for client in clients
            if answers[client] == "a"
        },
    )


def _shorten(name: str) -> str:
    """Say it as people do: “Gmail web”, “Outlook.com”."""
    for long, short in (("Outlook Outlook.com", "Outlook.com"), ("Desktop Webmail", "web")):
        name = name.replace(long, short)
    return name.replace("Mobile Webmail", "mobile web").replace("Yahoo! Mail", "Yahoo")
