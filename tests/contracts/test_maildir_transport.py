import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.errors import TransportError
from newsletter.sending.message.recipient import DeliveryId
from newsletter.sending.transports.maildir import MaildirTransport
from newsletter.sending.transports.transport import Accepted, Deferred, Outcome
from tests.contracts.sends import TEMPLATE
from tests.contracts.transport_contract import (
    NextHop,
    TransportContract,
    deliver,
    deliver_until_failure,
    make_recipients,
)


def list_files(folder: Path) -> list[Path]:
    """List the files of a Maildir that a mail reader would show."""
    return sorted((folder / "new").iterdir())


@contextmanager
def small_files() -> Iterator[None]:
    """Let no file be longer than an ordinary message, as a full disk would.

    Only for as long as messages are delivered: pytest's own output may go to a longer file.
    """
    [recipient] = make_recipients(1)
    most = len(TEMPLATE.splice(recipient)) + 200
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


class TestMaildirTransport(TransportContract):
    """The transport whose next hop is a folder."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """Return where the Maildir will be; its parents do not exist yet either."""
        return tmp_path / "mail" / "weekly"

    @pytest.fixture
    def next_hop(self, folder: Path) -> NextHop:
        """Return one that refuses what cannot be a message."""
        [recipient] = make_recipients(1)
        return NextHop(
            MaildirTransport(folder),
            refused=replace(recipient, delivery_id=DeliveryId(30, 99), message_id="none"),
            list_messages=lambda: [
                file.read_bytes().replace(b"\n", b"\r\n") for file in (folder.glob("new/*"))
            ],
        )

    def test_nothing_stays_on_its_way(self, folder: Path) -> None:
        """A file in tmp is one that no reader shows."""
        deliver(MaildirTransport(folder), make_recipients(20))

        assert len(list_files(folder)) == 20
        assert list((folder / "tmp").iterdir()) == []

    def test_only_the_owner_may_read_it(self, folder: Path) -> None:
        """Messages hold addresses and links that end a subscription."""
        deliver(MaildirTransport(folder), make_recipients(1))

        folders = [folder, folder / "tmp", folder / "new", folder / "cur"]
        assert [oct(each.stat().st_mode & 0o777) for each in folders] == ["0o700"] * 4
        assert oct(list_files(folder)[0].stat().st_mode & 0o777) == "0o600"

    def test_the_outcome_names_the_file(self, folder: Path) -> None:
        """The ledger tells where a message went."""
        [(_, outcome)] = deliver(MaildirTransport(folder), make_recipients(1))

        assert outcome == Accepted(list_files(folder)[0].name)

    def test_lines_end_as_in_other_files(self, folder: Path) -> None:
        """Mail readers and grep expect it of a Maildir."""
        deliver(MaildirTransport(folder), make_recipients(1))

        assert b"\r" not in list_files(folder)[0].read_bytes()

    def test_two_transports_do_not_overwrite_each_other(self, folder: Path) -> None:
        """Two issues may be sent into one folder at once."""
        others = [
            replace(each, message_id=f"<other.{number}@example.org>")
            for number, each in enumerate(make_recipients(20))
        ]
        deliver(MaildirTransport(folder), make_recipients(20))
        deliver(MaildirTransport(folder), others)

        assert len(list_files(folder)) == 40

    def test_a_message_that_comes_again_takes_the_place_of_the_first(self, folder: Path) -> None:
        """Whoever was killed between the file and its outcome tries again."""
        first = deliver(MaildirTransport(folder), make_recipients(3))
        again = deliver(MaildirTransport(folder), make_recipients(3))

        assert len(list_files(folder)) == 3
        assert sorted(again) == sorted(first)

    def test_a_folder_that_cannot_be_made_takes_nobody(self, folder: Path) -> None:
        """So that everybody is planned again, and nobody in doubt."""
        folder.parent.mkdir()
        folder.write_text("a file is in the way", encoding="utf-8")

        failure, reports, left = deliver_until_failure(MaildirTransport(folder), make_recipients(3))

        assert "messages cannot be written there" in str(failure)
        assert (reports, len(left)) == ([], 3)

    @pytest.mark.parametrize("place", ["tmp", "new"])
    def test_a_place_that_takes_no_file_defers_whoever_was_taken(
        self, folder: Path, place: str
    ) -> None:
        """They have no file, for certain: another attempt is due as soon as it is mended."""
        folder.mkdir(parents=True)
        (folder / place).symlink_to("/proc")

        failure, reports, left = deliver_until_failure(
            MaildirTransport(folder), make_recipients(50)
        )

        assert isinstance(failure, TransportError)
        assert {type(outcome) for _, outcome in reports} == {Deferred}
        assert len(reports) + len(left) == 50

    def test_a_full_disk_defers_whoever_has_no_file(self, folder: Path) -> None:
        """Whoever has one is accepted; nothing is in doubt and nothing half written."""
        recipients = make_recipients(40)
        recipients[3] = replace(recipients[3], name="Very long " * 100)

        with small_files():
            failure, reports, left = deliver_until_failure(MaildirTransport(folder), recipients)

        outcomes: dict[DeliveryId, Outcome] = dict(reports)
        assert "File too large" in str(failure)
        assert str(folder) in str(failure)
        assert [type(outcomes[each.delivery_id]) for each in recipients[:5]] == [
            Accepted,
            Accepted,
            Accepted,
            Deferred,
            Deferred,
        ]
        assert outcomes[recipients[3].delivery_id] == Deferred("File too large", 0)
        assert len(outcomes) + len(left) == 40
        accepted = [each for each in outcomes.values() if isinstance(each, Accepted)]
        assert sorted(each.reply for each in accepted) == [f.name for f in list_files(folder)]
        assert list((folder / "tmp").iterdir()) == []
