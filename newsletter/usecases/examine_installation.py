"""Examine an installation before it sends: every part that can be looked at is, whatever fails."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from newsletter.doctor.base_url import examine_reach, find_host
from newsletter.doctor.clock import Reading, examine_clock, read_date
from newsletter.doctor.database import examine_database
from newsletter.doctor.examination import Examination, bear_silence, skip
from newsletter.doctor.kept_here import examine_kept_here
from newsletter.doctor.key_files import examine_key_file
from newsletter.doctor.names import Names, NameServer, UnansweredError
from newsletter.doctor.next_hop import examine_next_hop
from newsletter.doctor.one_click import ask_one_click, examine_one_click
from newsletter.doctor.rules import installation as rules
from newsletter.doctor.rules import names as name_rules
from newsletter.doctor.sendgrid_account import examine_account
from newsletter.errors import SettingsError
from newsletter.key_file import load_keyring
from newsletter.rendering.finding import build_finding
from newsletter.sending.message.signing_keys import list_key_settings, load_private_key
from newsletter.settings import KEY_FILE_NAME, Settings, find_settings_file, load_settings
from newsletter.usecases.examine_names import examine_names
from newsletter.usecases.reach_pages import build_nobodys_link
from subscribers.keyring import Keyring

_PAGES = "one-click unsubscription"


class Surroundings(NamedTuple):
    """What an examination is given beside the folder."""

    #: To be asked; None for the system's.
    name_server: NameServer | None
    #: Milliseconds since 1970, UTC.
    now_ms: int


def examine_installation(folder: Path, surroundings: Surroundings) -> Iterator[Examination]:
    """Look at everything, one thing after the other; changes nothing, sends nothing.

    Args:
        folder: In the newsletter.
        surroundings: Name server and clock.
    """
    file = None
    try:
        file = find_settings_file(folder)
        settings = load_settings(file)
    except SettingsError as error:
        yield _tell_settings(error)
        if file is not None and (key_file := file.with_name(KEY_FILE_NAME)).exists():
            yield examine_key_file(key_file, "key file")
        return
    yield Examination(subject="settings", seen=str(file))
    yield from _Patient(settings, surroundings).examine()


def _tell_settings(error: SettingsError) -> Examination:
    problems = error.problems or (error.summary,)
    findings = tuple(build_finding(rules.SETTINGS, problem) for problem in problems)
    return Examination(subject="settings", findings=findings)


class _Patient:
    """An installation whose settings can be read."""

    def __init__(self, settings: Settings, surroundings: Surroundings) -> None:
        self._settings = settings
        self._name_server, self._now_ms = surroundings
        #: Other clocks that were met on the way.
        self._readings: list[Reading] = []

    def examine(self) -> Iterator[Examination]:
        keys, problem = self._load_keys()
        yield from self._examine_key_files(problem)
        yield self._examine_database(keys)
        yield self._examine_next_hop()
        try:
            names = self._open_names()
        except UnansweredError as error:
            finding = build_finding(name_rules.NAME_SERVER, str(error))
            yield Examination(subject="name server", findings=(finding,))
            yield skip("SPF, DKIM, DMARC, MX", "no name server answers")
            yield from self._examine_pages(keys, None)
        else:
            yield Examination(subject="name server", seen=f"{names.shown_servers} answers")
            yield from examine_names(self._settings, names)
            yield from bear_silence(_PAGES, self._examine_pages(keys, names))
        yield examine_clock(self._readings, now_ms=self._now_ms)

    def _load_keys(self) -> tuple[Keyring | None, str]:
        """Load the secrets; with it, what is wrong with the key file."""
        try:
            return load_keyring(self._settings), ""
        except SettingsError as error:
            return None, str(error)

    def _examine_key_files(self, problem: str) -> Iterator[Examination]:
        if self._settings.secrets is None:
            yield examine_key_file(self._settings.key_file, "key file", problem=problem)
        else:
            yield Examination(subject="key file", seen="the environment gives the secrets instead")
        for key in list_key_settings(self._settings.dkim):
            try:
                load_private_key(key)
                problem = ""
            except SettingsError as error:
                problem = str(error)
            yield examine_key_file(key.file, f"{key.kind} key", problem=problem)

    def _examine_database(self, keys: Keyring | None) -> Examination:
        fingerprint = keys.fingerprint if keys else ""
        examination, clock_ms = examine_database(
            self._settings.database.url, fingerprint=fingerprint
        )
        if clock_ms is not None:
            self._readings.append(Reading("the database", clock_ms, self._now_ms))
        return examination

    def _examine_next_hop(self) -> Examination:
        transport = self._settings.transport
        scheme = transport.url.partition(":")[0]
        if scheme == "sendgrid":
            look = examine_account(self._settings.sendgrid)
            self._note_date("SendGrid", look.date)
            return look.examination
        if scheme not in {"smtp", "smtps"}:
            return examine_kept_here(transport.url)
        sender = self._settings.newsletter.sender.address.wire
        return_path = f"b@{transport.bounce_domain}" if transport.bounce_domain else sender
        return examine_next_hop(transport, return_path, now_ms=self._now_ms)

    def _open_names(self) -> Names:
        """Open what answers for DNS.

        Raises:
            UnansweredError: Nobody does.
        """
        names = Names(self._name_server)
        try:
            names.list_texts(self._settings.newsletter.sender_domain)
        except UnansweredError as error:
            # One domain's servers may be broken while others answer.
            if error.is_silence:
                raise
        return names

    def _examine_pages(self, keys: Keyring | None, names: Names | None) -> Iterator[Examination]:
        base_url = self._settings.newsletter.base_url
        reach = examine_reach(base_url)
        yield reach
        if reach.findings:
            yield skip(_PAGES, "base_url is not the readers' yet")
            return
        if names is None:
            yield skip(_PAGES, "its host cannot be looked up")
            return
        host, address = find_host(names, base_url)
        yield host
        if keys is None or not address:
            why = "its host is not in DNS" if keys else "without the key file no link can be made"
            yield skip(_PAGES, why)
            return
        answers = ask_one_click(build_nobodys_link(self._settings, keys), address)
        yield examine_one_click(answers)
        if answers.look is not None:
            self._note_date("the pages", answers.look.headers.get("date", ""))

    def _note_date(self, whose: str, date: str) -> None:
        if date and (reading := read_date(whose, date, now_ms=self._now_ms)):
            self._readings.append(reading)
