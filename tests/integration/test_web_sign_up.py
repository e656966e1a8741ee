"""A reader's way through the pages, by HTTP: sign up, confirm, choose, leave, come back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.usecases.erase import erase
from newsletter.usecases.show_subscriber import SubscriberStory, show_subscriber
from subscribers.address import EmailAddress
from subscribers.subscription import State
from subscribers.tokens import make_token
from tests.integration.web_site import BLOG, WebSite, find_hidden, find_link, open_site

pytestmark = pytest.mark.databases("sqlite", "postgresql")

KIM = "kim@example.com"


@pytest.fixture
def site(tmp_path: Path, database_settings: dict[str, str]) -> Iterator[WebSite]:
    """Yield a newsletter with its worker running."""
    with open_site(tmp_path, **database_settings) as site, site.working():
        yield site


def story_of(site: WebSite, address: str = KIM) -> SubscriberStory:
    """Return what is known of an address."""
    return show_subscriber(site.installation, EmailAddress.parse(address))


def state_of(site: WebSite, address: str = KIM) -> State:
    """Return a subscriber's state."""
    subscriber = story_of(site, address).subscriber
    assert subscriber is not None
    return subscriber.state


def confirm_kim(site: WebSite) -> None:
    """Sign Kim up, and press the button of the confirmation."""
    assert site.sign_up(KIM) == 303
    link = find_link(site.wait_for_message(KIM), "/confirm/")
    assert site.browse().post(link).headers["location"] == "/confirmed"


def unsubscribe_link(site: WebSite) -> str:
    """Return the path of the link in Kim's issues."""
    subscriber = story_of(site).subscriber
    assert subscriber is not None
    token = make_token(site.installation.keys, "unsubscribe", subscriber.public_id, context=0)
    return f"/u/{token}"


def preferences_link(site: WebSite) -> str:
    """Ask for the link to Kim's preferences, and return its path."""
    browser = site.browse()
    browser.post("/preferences", data=site.fill_in(browser, KIM, "/preferences"))
    return find_link(site.wait_for_message(KIM, after=1), "/preferences/")


def test_a_reader_signs_up_and_confirms(site: WebSite) -> None:
    """Each POST leads to a page that can be reloaded; the token shows no whole address."""
    assert site.sign_up(KIM) == 303
    link = find_link(site.wait_for_message(KIM), "/confirm/")
    browser = site.browse()

    asked = browser.get(link)
    done = browser.post(link)
    again = browser.post(link)

    assert asked.status_code == 200
    assert KIM not in asked.text
    assert (done.status_code, done.headers["location"]) == (303, "/confirmed")
    assert (again.status_code, again.headers["location"]) == (303, "/confirmed")
    assert browser.get("/confirmed").status_code == 200
    assert state_of(site) is State.CONFIRMED


def test_the_evidence_of_consent_holds_what_the_page_said(site: WebSite) -> None:
    """Wording, form and network, in the language that was shown."""
    browser = site.browse()
    fields = site.fill_in(browser, KIM, "/subscribe?lang=ko")
    browser.post("/subscribe?lang=ko", data={**fields, "tag": ["rust", "not offered"]})
    message = site.wait_for_message(KIM)
    site.browse("203.0.113.8").post(find_link(message, "/confirm/"))

    story = story_of(site)

    [wording] = story.wordings.values()
    assert wording in browser.get("/subscribe?lang=ko").text
    assert story.subscriber is not None
    assert story.subscriber.profile.language == "ko"
    assert story.subscriber.profile.tags == {"rust"}
    requested = story.consents[0].origin
    assert (requested.form, requested.network) == ("page", "203.0.113.0/24")
    assert "구독" in str(message["Subject"])


def test_this_was_not_me_blocks_further_mail(site: WebSite) -> None:
    """Whoever is signed up by others needs one press of a button."""
    site.sign_up(KIM)
    link = find_link(site.wait_for_message(KIM), "/confirm/")
    browser = site.browse()

    done = browser.post(f"{link}/not-me", data={"from": "page"})
    site.clock.wait(days=2)
    again = site.sign_up(KIM)
    site.sign_up("lee@example.com")
    site.wait_for_message("lee@example.com")

    assert (done.status_code, done.headers["location"]) == (303, "/disowned")
    assert again == 303
    assert len(site.list_messages(KIM)) == 1


def test_a_mail_client_may_disown_by_its_own_button(site: WebSite) -> None:
    """The confirmation's List-Unsubscribe leads here: no redirect, no page."""
    site.sign_up(KIM)
    link = find_link(site.wait_for_message(KIM), "/confirm/")

    done = site.browse(Origin="https://mail.example.net").post(
        f"{link}/not-me", data={"List-Unsubscribe": "One-Click"}
    )

    assert (done.status_code, done.headers["content-type"]) == (200, "text/plain; charset=utf-8")


ONE_CLICK = {
    "urlencoded": {"data": {"List-Unsubscribe": "One-Click"}},
    "multipart": {"files": {"List-Unsubscribe": (None, "One-Click")}},
    "empty": {},
    "unknown": {"content": b"\xff\x00", "headers": {"Content-Type": "application/x-other"}},
}


@pytest.mark.parametrize("encoding", ONE_CLICK)
def test_one_click_unsubscribes_without_cookie_redirect_or_origin(
    site: WebSite, encoding: str
) -> None:
    """RFC 8058: both encodings; a service that writes something else still means it."""
    confirm_kim(site)
    link = unsubscribe_link(site)
    service = site.browse(Origin="null", **{"Sec-Fetch-Site": "cross-site"})

    answer = service.post(link, **ONE_CLICK[encoding])  # type: ignore[arg-type]
    again = service.post(link, **ONE_CLICK[encoding])  # type: ignore[arg-type]

    assert (answer.status_code, answer.text) == (200, "You are unsubscribed.\n")
    assert again.status_code == 200
    assert "set-cookie" not in answer.headers
    assert state_of(site) is State.UNSUBSCRIBED


def test_a_mail_service_posts_for_all_its_readers_from_one_address(site: WebSite) -> None:
    """No limit by network stands between a reader and the way out."""
    confirm_kim(site)
    link = unsubscribe_link(site)
    service = site.browse()

    answers = {service.post(link).status_code for _ in range(50)}

    assert answers == {200}


def test_leaving_by_the_page_can_be_taken_back_for_an_hour(site: WebSite) -> None:
    """A slip of the finger; after the hour a fresh sign-up is needed."""
    confirm_kim(site)
    link = unsubscribe_link(site)
    browser = site.browse()

    left = browser.post(link, data={"from": "page"})
    page = browser.get(link)
    returned = browser.post(f"{link}/return")
    state_after_return = state_of(site)
    browser.post(link)
    site.clock.wait(minutes=61)
    browser.post(f"{link}/return")

    assert (left.status_code, left.headers["location"]) == (303, link)
    assert f"{link}/return" in page.text
    assert (returned.status_code, returned.headers["location"]) == (303, link)
    assert state_after_return is State.CONFIRMED
    assert state_of(site) is State.UNSUBSCRIBED
    assert f"{link}/return" not in browser.get(link).text


def test_preferences_are_changed_by_the_link_from_the_mail(site: WebSite) -> None:
    """Name, language, tags; the page shows what holds."""
    confirm_kim(site)
    link = preferences_link(site)
    browser = site.browse()

    shown = browser.get(link)
    saved = browser.post(link, data={"name": "Kim Ha-neul", "language": "ko", "tag": ["python"]})
    after = browser.get(saved.headers["location"])

    assert KIM in shown.text
    assert (saved.status_code, saved.headers["location"]) == (303, f"{link}?done=saved")
    assert 'value="Kim Ha-neul"' in after.text
    assert 'lang="ko"' in after.text
    assert 'value="python" checked' in after.text


def test_a_break_begins_and_ends(site: WebSite) -> None:
    """30 or 90 days, and nothing else."""
    confirm_kim(site)
    link = preferences_link(site)
    browser = site.browse()

    paused = browser.post(f"{link}/pause", data={"days": "30"})
    shown = browser.get(link)
    refused = browser.post(f"{link}/pause", data={"days": "31"})
    resumed = browser.post(f"{link}/pause", data={"days": "0"})

    assert paused.headers["location"] == f"{link}?done=paused"
    assert 'datetime="2026-03-02"' in shown.text
    assert refused.status_code == 422
    assert resumed.headers["location"] == f"{link}?done=resumed"
    assert "datetime=" not in browser.get(link).text


def test_a_break_ends_on_a_day_where_the_newsletter_is_at_home(tmp_path: Path) -> None:
    """It is still the first of March there when it is the second elsewhere."""
    with open_site(tmp_path, newsletter__timezone="Pacific/Niue") as site, site.working():
        confirm_kim(site)
        link = preferences_link(site)
        site.browse().post(f"{link}/pause", data={"days": "30"})

        assert 'datetime="2026-03-01"' in site.browse().get(link).text


def test_a_new_address_is_used_once_it_is_confirmed(site: WebSite) -> None:
    """Until then the old one gets the issues."""
    confirm_kim(site)
    link = preferences_link(site)
    browser = site.browse()
    fields = site.fill_in(browser, "kim@example.net", link)

    asked = browser.post(f"{link}/address", data=fields)
    message = site.wait_for_message("kim@example.net")
    before = state_of(site)
    done = browser.post(find_link(message, "/confirm/"))

    assert (asked.status_code, asked.headers["location"]) == (303, f"{link}?done=asked")
    assert before is State.CONFIRMED
    assert (done.status_code, done.headers["location"]) == (303, "/confirmed/address")
    assert state_of(site, "kim@example.net") is State.CONFIRMED


def test_my_data_is_a_file_and_erasing_needs_a_tick(site: WebSite) -> None:
    """Everything that is kept, and then nothing."""
    confirm_kim(site)
    link = preferences_link(site)
    browser = site.browse()

    data = browser.get(f"{link}/data")
    refused = browser.post(f"{link}/erase", data={})
    erased = browser.post(f"{link}/erase", data={"sure": "yes"})

    assert KIM in json.dumps(json.loads(data.text))
    assert data.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    assert refused.status_code == 422
    assert (erased.status_code, erased.headers["location"]) == (303, "/erased")
    assert browser.get(link).status_code == 404


def test_leaving_from_the_preferences_leads_to_the_page_of_the_undo(site: WebSite) -> None:
    """One way out, and one way back."""
    confirm_kim(site)
    link = preferences_link(site)

    left = site.browse().post(f"{link}/leave")

    assert (left.status_code, left.headers["location"]) == (303, unsubscribe_link(site))
    assert state_of(site) is State.UNSUBSCRIBED


def test_the_link_to_the_preferences_lasts_a_day(site: WebSite) -> None:
    """The page tells how to get another one."""
    confirm_kim(site)
    link = preferences_link(site)
    site.clock.wait(days=1, seconds=1)

    shown = site.browse().get(link)

    assert shown.status_code == 404
    assert 'href="/preferences"' in shown.text


def test_the_plain_form_of_another_site_leads_to_one_more_button(site: WebSite) -> None:
    """It has no stamp: the reader presses once more on our page, which shows the wording."""
    browser = site.browse(Origin=BLOG, **{"Sec-Fetch-Site": "cross-site"})
    back = f"{BLOG}/thanks?from=form"

    step = browser.post("/subscribe", data={"email": KIM, "form": "embed", "return_to": back})
    site.clock.wait(seconds=1)
    done = site.browse().post("/subscribe", data=find_hidden(step.text))

    assert step.status_code == 429
    assert "I want to receive The Weekly by email." in step.text
    assert (done.status_code, done.headers["location"]) == (303, back)
    assert site.wait_for_message(KIM)
    assert [each.origin.form for each in story_of(site).consents] == ["embed"]


def test_the_form_in_a_frame_stays_in_the_frame(site: WebSite) -> None:
    """Its pages may be shown by the sites of the settings, and no other page may."""
    browser = site.browse()

    form = browser.get("/embed")
    done = browser.post("/subscribe", data=site.fill_in(browser, KIM, "/embed"))
    sent = browser.get(done.headers["location"])

    assert done.headers["location"] == "/embed/sent"
    for page in (form, sent):
        assert f"frame-ancestors {BLOG}" in page.headers["content-security-policy"]
    alone = browser.get("/subscribe").headers["content-security-policy"]
    assert "frame-ancestors 'none'" in alone


@pytest.mark.databases("sqlite")
def test_erasing_leaves_no_name_in_any_file_of_a_running_server(site: WebSite) -> None:
    """SQLite's journal keeps older copies of its pages for as long as a server runs."""
    browser = site.browse()
    browser.post("/subscribe", data={**site.fill_in(browser, KIM), "name": "Zebra"})
    site.wait_for_message(KIM)
    names = (KIM.encode(), b"Zebra")
    before = read_database(site)

    erase(site.installation, EmailAddress.parse(KIM), source="test")

    assert [name in before for name in names] == [True, True]
    assert [name in read_database(site) for name in names] == [False, False]


def read_database(site: WebSite) -> bytes:
    """Read what lies on the disk, the journal too."""
    return b"".join(file.read_bytes() for file in site.folder.glob("newsletter.db*"))
