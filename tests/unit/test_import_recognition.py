"""Whose file it is: told by its own columns and words, asked about where it may be several."""

import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.cli.import_terms import Service
from subscribers.errors import ImportFileError, InvalidValueError
from subscribers.exchange.cells import parse_time
from subscribers.exchange.people import Person, Unreadable, read_people
from subscribers.exchange.recognition import AUTO, LAYOUTS, SERVICES, recognise
from subscribers.exchange.standing import MAILABILITY, Standing, join_standings
from subscribers.subscription import State
from subscribers.suppression import SuppressionReason

MAILCHIMP = b"Email Address,MEMBER_RATING,OPTIN_TIME\nkim@example.org,1,2024-01-01 00:00:00\n"


def recognised(header: str, rows: Sequence[str] = (), asked: str = AUTO) -> str:
    """Tell as what a file with this header would be read."""
    sample = [row.split(",") for row in rows]
    return recognise(header.split(","), sample, line=1, asked=asked).layout.name


def test_the_command_takes_every_layout() -> None:
    """A layout that cannot be asked for might as well not be there."""
    assert {each.value for each in Service} == {AUTO, *LAYOUTS}


@pytest.mark.parametrize(
    ("header", "rows", "name"),
    [
        ("email,name", ["kim@example.org,Kim"], "csv"),
        ("email,state,city", ["kim@example.org,CA,Oakland"], "csv"),
        ("email,status", ["kim@example.org,unsubscribed"], "csv"),
        ("email,subscription_state,suppressed,tier", ["kim@example.org,confirmed,,gold"], "csv"),
        ("email,subscription_state,suppressed,member_rating,attributes", ["k@x.org,,"], "csv"),
        ("email_address,state", ["kim@example.org,cancelled"], "kit"),
        ("Email,Status,Created At,Subscription Tier", ["k@example.org,Active,,free"], "beehiiv"),
        ("email,type,creation_date", ["kim@example.org,regular,"], "buttondown"),
    ],
)
def test_header_and_words_tell_whose_file_it_is(header: str, rows: list[str], name: str) -> None:
    """A state may be a part of a country, and a status one of our own."""
    assert recognised(header, rows) == name


def test_what_may_be_two_services_files_is_asked_about() -> None:
    """Inactive is who left at one of them, and who never confirmed at the other."""
    with pytest.raises(ImportFileError, match="--from beehiiv or --from kit"):
        recognised("email,status", ["kim@example.org,active", "lee@example.org,inactive"])


@pytest.mark.parametrize("asked", [each.name for each in SERVICES])
def test_another_programs_file_is_refused_with_what_is_missing(asked: str) -> None:
    """A wrong --from would take columns that say no for custom fields."""
    with pytest.raises(ImportFileError, match=r"no file of .*: there is no column"):
        recognised("email,name", ["kim@example.org,Kim"], asked)


def test_a_services_file_is_not_read_as_a_plain_csv() -> None:
    """Whoever was disabled there would become mailable."""
    with pytest.raises(ImportFileError, match="--from substack"):
        recognised("email,active_subscription,email_disabled", ["k@example.org,,true"], "csv")


def test_a_services_columns_with_words_of_nobody_are_asked_about() -> None:
    """A file of only those whom a service has blocked must not be read as a plain one."""
    header, rows = "email,type,creation_date", ["kim@example.org,blocked,"]

    with pytest.raises(ImportFileError, match="--from buttondown, which refuses"):
        recognised(header, rows)
    assert recognised(header, rows, "buttondown") == "buttondown"
    assert recognised(header, rows, "csv") == "csv"


def test_a_services_switch_in_another_language_makes_nobody_mailable() -> None:
    """Excel translates false when it saves a file again."""
    data = b"email,subscribed_to_emails,complimentary_plan\nkim@example.org,FALSCH,\n"

    [row] = read_people(io.BytesIO(data))

    assert isinstance(row, Unreadable)


def test_a_part_of_a_country_beside_a_status_is_no_services() -> None:
    """Kit has its words under either header."""
    assert recognised("email,state,status", ["kim@example.org,California,unsubscribed"]) == "csv"


def test_substacks_figures_of_readers_are_not_taken_for_its_list() -> None:
    """No column of theirs has to say who is disabled; it is the operator who may know."""
    header = "Email,Name,Stripe plan,Emails received (6mo),Emails dropped (6mo)"

    with pytest.raises(ImportFileError, match="Substack's dashboard"):
        recognised(header)
    assert recognised(header, asked="csv") == "csv"


@pytest.mark.parametrize("name", ["people.csv", "-", ""])
def test_a_mailchimp_file_without_its_name_is_refused(name: str) -> None:
    """Only the name tells who subscribed from who merely bought something."""
    with pytest.raises(ImportFileError, match="Give the file its name back"):
        list(read_people(io.BytesIO(MAILCHIMP), name=name))


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("subscribed_members_export_1.csv", State.CONFIRMED),
        ("unsubscribed_members_export_1.csv", State.UNSUBSCRIBED),
        ("non-subscribed_x.csv", State.UNSUBSCRIBED),
        ("nonsubscribed_x.csv", State.UNSUBSCRIBED),
        ("Cleaned_segment.csv", State.BOUNCED),
    ],
)
def test_a_mailchimp_files_name_tells_who_is_in_it(name: str, state: State) -> None:
    """Its rows do not."""
    [kim] = read_people(io.BytesIO(MAILCHIMP), name=name)

    assert isinstance(kim, Person)
    assert kim.state is state


@pytest.mark.parametrize(
    "text",
    [
        "2023-01-27T11:43:55Z",
        "2023-01-27 11:43:55",
        "2023-01-27 11:43:55 UTC",
        "2023-01-27 11:43:55 +0000 UTC",
        "2023-01-27 11:43:55.000000001 +0000 +0000",
        "2023-01-27 17:13:55 +0530 IST",
    ],
)
def test_times_as_programs_write_them(text: str) -> None:
    """All of these are the same moment."""
    assert parse_time(text) == 1_674_819_835_000


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+23:00",
        "9999-12-31T23:59:59-23:59",
        "9999-12-31T23:59:59.999999",
        "0000-00-00 00:00:00",
    ],
)
def test_a_time_outside_the_calendar_is_refused(text: str) -> None:
    """In UTC there is no such year: one such person would end every export."""
    with pytest.raises(InvalidValueError, match="not a time"):
        parse_time(text)


@given(st.text())
def test_any_text_is_a_time_or_is_none(text: str) -> None:
    """Nothing else comes out of it, such as a traceback."""
    try:
        moment = parse_time(text)
    except InvalidValueError:
        return

    assert isinstance(moment, int)


STANDINGS = st.builds(
    Standing,
    st.sampled_from(MAILABILITY),
    st.none() | st.sampled_from(SuppressionReason),
    st.none() | st.integers(0, 9),
)


@given(STANDINGS, STANDINGS)
def test_of_two_standings_the_lesser_counts(one: Standing, other: Standing) -> None:
    """In whatever order they are read, nobody becomes more mailable than either says."""
    joined = join_standings(one, other)

    assert joined.state is min(one.state, other.state, key=MAILABILITY.index)
    assert joined.state is join_standings(other, one).state
    assert (joined.suppressed is None) == (one.suppressed is None and other.suppressed is None)
