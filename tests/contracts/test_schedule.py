"""Scheduled issues on SQLite and on PostgreSQL: at their time, once, or not at all, with words."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from newsletter import migrations
from newsletter.cli.control_words import print_effect
from newsletter.database import Database
from newsletter.errors import NotFoundError, RefusedError, TemporaryError
from newsletter.sending.ledger.schedule import Schedule
from newsletter.sending.ledger.schema import delivery, warm_up_day
from newsletter.sending.run import Ending
from newsletter.usecases.begin_scheduled import begin_scheduled
from newsletter.usecases.change_timezone import change_timezone
from newsletter.usecases.control_issue import Control, control_issue
from newsletter.usecases.issue_worker import IssueWorker
from newsletter.usecases.schedule_issue import schedule_issue
from newsletter.usecases.unsubscribe import unsubscribe
from subscribers.address import EmailAddress
from tests.contracts.scheduled import DAY_MS, HOUR_MS, NOON, SLUG, Newsroom, open_newsroom

SOON = NOON + HOUR_MS
#: 08:00 on 1 February, in UTC.
MORNING = NOON + 20 * HOUR_MS
Open = Callable[[str], Newsroom]


@pytest.fixture
def open_with(database_url: str, tmp_path: Path) -> Iterator[Open]:
    """Yield what opens a newsletter with further settings."""
    opened: list[Newsroom] = []

    def open_it(more: str = "") -> Newsroom:
        opened.append(open_newsroom(tmp_path, database_url, more=more))
        return opened[-1]

    yield open_it
    for each in opened:
        each.installation.database.close()


@pytest.fixture
def newsroom(open_with: Open) -> Newsroom:
    """Return a newsletter with two subscribers and an issue."""
    return open_with("")


class TestOneMoment:
    """--at TIME."""

    def test_nothing_leaves_before_its_time_and_everyone_gets_it_then(
        self, newsroom: Newsroom
    ) -> None:
        """The audience is that of the moment: who came is in it, who left is not."""
        newsroom.schedule(SOON)
        newsroom.add("choi")
        unsubscribe(newsroom.installation, EmailAddress.parse("lee@example.org"), source="test")

        before = newsroom.work(SOON - 1)
        state = newsroom.status().issue.state
        after = newsroom.work(SOON)

        assert (before, state) == ([], "scheduled")
        assert after == ["choi", "kim"]
        assert newsroom.status().issue.state == "sent"

    def test_the_worker_looks_again_and_sends_nothing_twice(self, newsroom: Newsroom) -> None:
        """An issue that was sent has no schedule any more."""
        newsroom.schedule(SOON)
        newsroom.work(SOON)
        newsroom.transport.delivered.clear()

        assert newsroom.work(SOON + DAY_MS) == []
        assert newsroom.status().schedule is None

    def test_of_two_workers_one_sends(self, newsroom: Newsroom) -> None:
        """Several may serve on one database."""
        newsroom.schedule(SOON)
        newsroom.clock.ms = SOON
        together = Barrier(4)

        def work() -> None:
            worker = IssueWorker(newsroom.installation)
            together.wait(timeout=20)
            # Whoever comes second is told so, and looks again later.
            with suppress(TemporaryError):
                worker.work_off()

        with ThreadPoolExecutor(4) as threads:
            for done in [threads.submit(work) for _ in range(4)]:
                done.result()
        newsroom.work(SOON + HOUR_MS)

        with newsroom.installation.database.read() as connection:
            attempts = list(connection.execute(sa.select(delivery.c.attempts)).scalars())
        assert attempts == [1, 1]
        assert newsroom.status().tally.sent == 2

    def test_one_that_was_begun_by_its_schedule_is_gone_on_with(self, newsroom: Newsroom) -> None:
        """Serve died between the plan and the first message."""
        newsroom.schedule(SOON)
        newsroom.clock.ms = SOON
        request = newsroom.request()
        begin_scheduled(newsroom.installation, newsroom.status().issue, request.issue)

        assert newsroom.status().tally.waiting == 2
        assert newsroom.work(SOON + DAY_MS) == ["kim", "lee"]

    def test_one_that_stopped_half_way_is_due_from_then_on(
        self, newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """And whoever resumes it hears that serve goes on with it by itself."""
        newsroom.schedule(SOON)
        newsroom.clock.ms = SOON
        installation, request = newsroom.installation, newsroom.request()
        begin_scheduled(installation, newsroom.status().issue, request.issue)
        newsroom.clock.ms += HOUR_MS
        newsroom.send(limit=1)
        control_issue(installation, SLUG, Control.PAUSE)

        print_effect(control_issue(installation, SLUG, Control.RESUME))

        assert newsroom.status().schedule == Schedule(SOON + HOUR_MS)
        told = capsys.readouterr().out
        assert "A running `newsletter serve` does so by itself" in told
        assert "sends nothing by itself" not in told

    def test_what_is_resumed_before_its_time_has_reached_nobody(
        self, newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """There was nothing that could have stopped."""
        newsroom.schedule(SOON)
        control_issue(newsroom.installation, SLUG, Control.PAUSE)

        print_effect(control_issue(newsroom.installation, SLUG, Control.RESUME))

        told = capsys.readouterr().out
        assert f"{SLUG} is scheduled: nobody was sending it, and nobody has got it." in told

    def test_one_that_was_begun_by_hand_is_the_operators(self, newsroom: Newsroom) -> None:
        """He stopped after the first, and knows why."""
        newsroom.send(limit=1)

        assert len(newsroom.work(SOON)) == 1

    def test_sent_by_hand_it_is_scheduled_no_more(self, newsroom: Newsroom) -> None:
        """Nobody gets it again at the time that was said before."""
        newsroom.schedule(SOON)

        newsroom.send()
        newsroom.transport.delivered.clear()

        assert newsroom.status().schedule is None
        assert newsroom.work(SOON) == []

    def test_another_time_takes_the_place_of_the_one_before(self, newsroom: Newsroom) -> None:
        """The last word counts, and so does the text of that moment."""
        newsroom.schedule(SOON)
        newsroom.write("Another text.")
        newsroom.schedule(SOON + HOUR_MS)

        assert newsroom.work(SOON) == []
        assert newsroom.work(SOON + HOUR_MS) == ["kim", "lee"]
        assert b"Another text." in newsroom.transport.delivered["kim@example.org"]

    def test_what_was_begun_cannot_be_scheduled(self, newsroom: Newsroom) -> None:
        """Some have it already."""
        newsroom.send(limit=1)

        with pytest.raises(RefusedError, match="cannot be scheduled any more"):
            newsroom.schedule(SOON)

    def test_a_file_that_serve_would_not_find_is_refused(self, newsroom: Newsroom) -> None:
        """Better now than at night."""
        folder = newsroom.installation.settings.folder
        elsewhere = folder / "drafts" / "kept.md"
        elsewhere.parent.mkdir()
        (folder / "issues" / f"{SLUG}.md").rename(elsewhere)
        (folder / "issues" / f"{SLUG}.md").symlink_to(elsewhere)
        wanted = newsroom.request(Schedule(SOON))
        forecast = newsroom.forecast(wanted)
        (folder / "issues" / f"{SLUG}.md").unlink()

        with pytest.raises(RefusedError, match=r"would not find this file.*Nothing was scheduled"):
            schedule_issue(newsroom.installation, wanted, forecast)


class TestNotSentBlindly:
    """What is not as it was, or as it should be, waits for the operator."""

    @pytest.mark.parametrize(("minutes", "state"), [(60, "sent"), (61, "paused")])
    def test_an_overdue_issue_is_paused(self, newsroom: Newsroom, minutes: int, state: str) -> None:
        """Nobody served when it should have left, and it may be out of date."""
        newsroom.schedule(SOON)

        newsroom.work(SOON + minutes * 60_000)

        assert newsroom.status().issue.state == state

    def test_an_overdue_issue_is_sent_when_the_operator_says_so(self, newsroom: Newsroom) -> None:
        """He was told why it waits."""
        newsroom.schedule(SOON)
        newsroom.work(SOON + DAY_MS)
        reason = newsroom.status().issue.pause_reason

        control_issue(newsroom.installation, SLUG, Control.RESUME)

        assert "overdue" in reason
        assert "2026-01-31T13:00:00.000+00:00" in reason
        assert newsroom.work() == ["kim", "lee"]

    def test_a_changed_file_is_not_sent(self, newsroom: Newsroom) -> None:
        """What leaves is what somebody looked at."""
        newsroom.schedule(SOON)
        newsroom.write("Not ready yet, this is a draft.")

        assert newsroom.work(SOON) == []
        assert newsroom.status().issue.state == "paused"
        assert "changed since the issue was scheduled" in newsroom.status().issue.pause_reason

    def test_a_changed_file_is_sent_when_it_is_scheduled_again(self, newsroom: Newsroom) -> None:
        """The new time is said of the new text."""
        newsroom.schedule(SOON)
        newsroom.write("Ready now.")
        newsroom.work(SOON)

        newsroom.schedule(SOON + HOUR_MS)

        assert newsroom.work(SOON + HOUR_MS) == ["kim", "lee"]

    def test_a_file_that_is_gone_pauses_the_issue(self, newsroom: Newsroom) -> None:
        """The reason says what is missing."""
        newsroom.schedule(SOON)
        (newsroom.installation.settings.folder / "issues" / f"{SLUG}.md").unlink()

        newsroom.work(SOON)

        assert newsroom.status().issue.state == "paused"
        assert "no such issue" in newsroom.status().issue.pause_reason

    def test_an_audience_of_nobody_pauses_the_issue(self, newsroom: Newsroom) -> None:
        """An issue that counts as sent, and went to nobody, would be a riddle."""
        newsroom.schedule(SOON)
        for name in ("kim", "lee"):
            address = EmailAddress.parse(f"{name}@example.org")
            unsubscribe(newsroom.installation, address, source="test")

        newsroom.work(SOON)

        assert newsroom.status().issue.state == "paused"
        assert "nobody" in newsroom.status().issue.pause_reason
        assert newsroom.status().tally.planned == 0

    def test_a_pause_holds_it_and_a_resume_lets_it_go_at_its_time(self, newsroom: Newsroom) -> None:
        """Before its time, nothing is lost by either."""
        newsroom.schedule(SOON)
        control_issue(newsroom.installation, SLUG, Control.PAUSE)
        held = newsroom.work(SOON)

        control_issue(newsroom.installation, SLUG, Control.RESUME)

        assert held == []
        assert newsroom.work(SOON) == ["kim", "lee"]

    def test_cancelled_before_its_time_it_was_never_there(self, newsroom: Newsroom) -> None:
        """Nobody got anything, so it may be scheduled anew."""
        newsroom.schedule(SOON)

        told = control_issue(newsroom.installation, SLUG, Control.CANCEL).now

        assert told.issue.state == "cancelled"
        assert newsroom.work(SOON) == []
        with pytest.raises(NotFoundError):
            newsroom.status()
        newsroom.schedule(SOON + HOUR_MS)
        assert newsroom.work(SOON + HOUR_MS) == ["kim", "lee"]


class TestLocalTime:
    """--at-local 08:00."""

    @pytest.fixture
    def around(self, newsroom: Newsroom) -> Newsroom:
        """Return it with readers in Seoul, Berlin and New York; Kim never said where."""
        newsroom.add("seoul", timezone="Asia/Seoul")
        newsroom.add("york", timezone="America/New_York")
        change_timezone(
            newsroom.installation, EmailAddress.parse("lee@example.org"), "Europe/Berlin"
        )
        return newsroom

    def test_everyone_gets_it_at_the_same_hour(self, around: Newsroom) -> None:
        """Seoul is nine hours ahead, Berlin one, New York five behind."""
        around.schedule(MORNING - 9 * HOUR_MS, "2026-02-01T08:00")

        assert around.work(MORNING - 9 * HOUR_MS - 1) == []
        assert around.work(MORNING - 9 * HOUR_MS) == ["seoul"]
        assert around.status().schedule is not None
        assert around.work(MORNING - HOUR_MS) == ["lee", "seoul"]
        assert around.work(MORNING - 1) == ["lee", "seoul"]
        assert around.work(MORNING) == ["kim", "lee", "seoul"]
        assert around.status().issue.state == "sending"
        assert around.work(MORNING + 5 * HOUR_MS) == ["kim", "lee", "seoul", "york"]
        assert around.status().issue.state == "sent"

    def test_where_it_is_past_already_it_leaves_at_once(self, around: Newsroom) -> None:
        """A day later it would be yesterday's news."""
        around.schedule(MORNING - 2 * HOUR_MS, "2026-02-01T08:00")

        assert around.work(MORNING - 2 * HOUR_MS) == ["seoul"]

    def test_whoever_leaves_before_his_morning_gets_nothing(self, around: Newsroom) -> None:
        """Planned is not sent: each is asked again at his moment."""
        around.schedule(MORNING - 9 * HOUR_MS, "2026-02-01T08:00")
        around.work(MORNING - 9 * HOUR_MS)
        unsubscribe(around.installation, EmailAddress.parse("york@example.org"), source="test")

        assert around.work(MORNING + 5 * HOUR_MS) == ["kim", "lee", "seoul"]
        assert around.status().tally.skipped == 1

    def test_a_send_by_hand_takes_only_whose_morning_it_is(self, around: Newsroom) -> None:
        """The others are told of, and get it from either."""
        around.schedule(MORNING - 9 * HOUR_MS, "2026-02-01T08:00")
        around.work(MORNING - 9 * HOUR_MS)
        around.clock.ms = MORNING

        forecast = around.forecast(around.request())
        around.send()

        assert forecast.messages == 2
        assert around.delivered == ["kim", "lee", "seoul"]


class TestWarmUp:
    """[warm_up]: so many people a day."""

    SETTINGS = "[warm_up]\nbegan_on = 2026-01-31\nper_day = [2, 3]\n"

    @pytest.fixture
    def warm(self, open_with: Open) -> Newsroom:
        """Return it with seven readers and a warm-up that begins today."""
        opened = open_with(self.SETTINGS)
        opened.add("ahn", "bae", "cho", "do", "eun")
        return opened

    def test_a_days_share_is_begun_and_serve_goes_on_the_next_day(self, warm: Newsroom) -> None:
        """Two, then three, then as many as there are."""
        report = warm.send()

        assert report.ending is Ending.SHARE_USED
        assert (len(warm.delivered), warm.status().issue.state) == (2, "sending")
        assert len(warm.work(NOON + 12 * HOUR_MS - 1)) == 2
        assert len(warm.work(NOON + 12 * HOUR_MS)) == 5
        assert len(warm.work(NOON + DAY_MS)) == 5
        assert len(warm.work(NOON + 2 * DAY_MS)) == 7
        assert warm.status().issue.state == "sent"

    def test_the_next_send_goes_on_too(self, warm: Newsroom) -> None:
        """On the same day there is nothing left for it."""
        warm.send()

        again = warm.send()
        warm.clock.ms += DAY_MS
        tomorrow = warm.send()

        assert (again.ending, again.progress.accepted) == (Ending.SHARE_USED, 0)
        assert (tomorrow.ending, tomorrow.progress.accepted) == (Ending.SHARE_USED, 3)

    def test_all_issues_share_a_day(self, warm: Newsroom) -> None:
        """A receiver counts messages, not issues."""
        warm.write("Another issue.", "2026-06")
        warm.send(limit=1)

        other = warm.send("2026-06")

        assert (other.ending, other.progress.accepted) == (Ending.SHARE_USED, 1)

    def test_the_operator_is_told_until_when_it_takes(self, warm: Newsroom) -> None:
        """Before, and while it goes on."""
        before = warm.forecast(warm.request()).warm_up
        warm.send()
        after = warm.status().warm_up

        assert before is not None
        assert after is not None
        assert (before.today, before.begun, str(before.last_day)) == (2, 0, "2026-02-02")
        assert (after.today, after.begun, str(after.last_day)) == (2, 2, "2026-02-02")

    def test_without_a_warm_up_nothing_is_counted(self, newsroom: Newsroom) -> None:
        """A usual send pays nothing for it."""
        newsroom.send()

        with newsroom.installation.database.read() as connection:
            assert connection.execute(sa.select(warm_up_day)).all() == []


class TestUpgrade:
    """Tables of before."""

    def test_issues_and_deliveries_of_before_are_kept(self, empty_database_url: str) -> None:
        """On SQLite the table of issues is made anew, and others refer to it."""
        database = Database(empty_database_url)
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        issue = (
            "INSERT INTO issue (id, slug, title, state, is_modified, content_sha256,"
            " edition_digest, planned_at_ms) VALUES (7, 'old', 'Old', 'sent', {no}, 'c', 'd', 1)"
        )
        with database.write() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0004")
            no = "0" if database.is_sqlite else "false"
            connection.execute(sa.text(issue.format(no=no)))
            connection.execute(
                sa.text("INSERT INTO delivery (issue_id, subscriber_id) VALUES (7, 1), (7, 2)")
            )

        migrations.upgrade(database)

        with database.write() as connection:
            kept = connection.execute(sa.text("SELECT id, slug, state FROM issue")).all()
            count = connection.scalar(sa.text("SELECT count(*) FROM delivery WHERE issue_id = 7"))
            connection.execute(sa.text("UPDATE issue SET state = 'scheduled'"))
            if database.is_sqlite:
                assert connection.execute(sa.text("PRAGMA foreign_key_check")).all() == []
        assert kept == [(7, "old", "sent")]
        assert count == 2
        database.close()
