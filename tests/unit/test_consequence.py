"""When a mailbox is given up, and how words from outside are kept."""

from hypothesis import given
from hypothesis import strategies as st

from newsletter.reports.consequence import SOFT_ISSUES, SoftBounces, has_failed_for_long
from newsletter.reports.words import clean_words

DAY_MS = 86_400_000
BOUNCES = st.builds(
    lambda first, more: SoftBounces(first * DAY_MS, (first + more) * DAY_MS),
    st.integers(0, 30),
    st.integers(0, 5),
)


@given(st.lists(BOUNCES | st.none(), max_size=12), st.data())
def test_more_bounces_never_save_a_mailbox(
    issues: list[SoftBounces | None], data: st.DataObject
) -> None:
    """Else it would depend on what comes first."""
    place = data.draw(st.integers(0, len(issues)))
    more = data.draw(BOUNCES)
    old = issues[place] if place < len(issues) else None
    wider = more if old is None else SoftBounces(min(more[0], old[0]), max(more[1], old[1]))

    with_more = [*issues[:place], wider, *issues[place + 1 :]]

    assert has_failed_for_long(with_more) or not has_failed_for_long(issues)


@given(st.lists(BOUNCES | st.none(), max_size=12))
def test_nobody_is_given_up_before_enough_issues(issues: list[SoftBounces | None]) -> None:
    """Four times in a row is not five."""
    place = SOFT_ISSUES - 1

    cut = [None if number % SOFT_ISSUES == place else each for number, each in enumerate(issues)]

    assert not has_failed_for_long(cut)


@given(st.text(max_size=3000))
def test_kept_words_are_one_printable_line(text: str) -> None:
    """Fit for a terminal, a page and PostgreSQL."""
    words = clean_words(text)

    assert len(words) <= 500
    assert words.isprintable()
    assert clean_words(words) == words


@given(st.from_regex(r"[a-z]{1,9}@[a-z]{1,9}\.[a-z]{2,3}", fullmatch=True), st.text(max_size=99))
def test_kept_words_hold_no_address(address: str, text: str) -> None:
    """The ledger names people by number only."""
    assert address not in clean_words(f"{text} <{address}>: no such user {address}")
