import json
import re
import threading
from collections.abc import Iterator
from email import policy
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Frame, Locator, Page, expect

from tests.browser.preview_server import FIRST, PreviewServer, make_newsletter

_ANYTHING = re.compile(".+")
#: The smallest picture there is: one pixel.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c63f8cfc0f01f0005000201ff5d6e2a"
    "3a0000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the newsletter that is previewed."""
    return make_newsletter(tmp_path_factory.mktemp("preview") / "weekly")


@pytest.fixture(scope="module")
def server(pattern: Path) -> Iterator[PreviewServer]:
    """Start one preview for all tests that leave settings and templates alone."""
    with PreviewServer(pattern) as server:
        yield server


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[PreviewServer]:
    """Start a preview of a newsletter that a test may break."""
    with PreviewServer(make_newsletter(tmp_path / "weekly")) as server:
        yield server


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a window."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme="light", reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


def open_issue(page: Page, server: PreviewServer, name: str = "2026-01-spring") -> None:
    """Open the preview at one issue, and wait until it is seen."""
    page.goto(f"{server.url}#issues/{name}.md")
    expect(page.locator("html")).to_have_attribute("data-shown", _ANYTHING)
    expect(page.locator("#live-words")).to_have_text("Live")


def message(page: Page) -> Locator:
    """Find what is in the frame."""
    return page.frame_locator("#frames iframe:not(.coming)").locator("body")


def frame(page: Page) -> Frame:
    """Get the frame that is seen."""
    element = page.locator("#frames iframe:not(.coming)").element_handle()
    found = element.content_frame()
    assert found
    return found


def width(page: Page) -> float:
    """Measure the sheet; it does not move slowly for those who want no motion."""
    box = page.locator("#frames").bounding_box()
    assert box
    return box["width"]


def test_each_part_of_the_message_has_a_tab(page: Page, server: PreviewServer) -> None:
    """What no mail client shows together is seen without sending anything."""
    open_issue(page, server)

    expect(message(page)).to_contain_text("Dear Alex")
    page.get_by_role("tab", name="Text").click()
    expect(page.locator("#text")).to_contain_text("Dear Alex")
    page.get_by_role("tab", name="HTML").click()
    expect(page.locator("#html")).to_contain_text("<!DOCTYPE html>", ignore_case=True)
    page.get_by_role("tab", name="Headers").click()
    expect(page.get_by_role("row", name="Subject Spring")).to_be_visible()
    page.get_by_role("tab", name="Raw").click()
    expect(page.locator("#raw")).to_contain_text("MIME-Version: 1.0")
    page.get_by_role("tab", name="Checks").click()
    expect(page.locator("#source")).to_contain_text("the [first flowers]")


def test_the_inbox_row_shows_sender_subject_and_preheader(
    page: Page, server: PreviewServer
) -> None:
    """These three lines decide whether the rest is read."""
    open_issue(page, server)

    expect(page.locator("#inbox-sender")).to_have_text("weekly@example.org")
    expect(page.locator("#inbox-subject")).to_have_text("Spring")
    expect(page.locator("#inbox-preheader")).to_have_text("The first flowers.")


def test_widths_are_chosen_or_dragged(page: Page, server: PreviewServer) -> None:
    """Phones and windows differ, and so does what breaks."""
    open_issue(page, server)

    page.get_by_role("radio", name="375").check()
    assert width(page) == 375
    grip = page.locator("#grip").bounding_box()
    assert grip
    page.mouse.move(grip["x"] + 6, grip["y"] + 60)
    page.mouse.down()
    page.mouse.move(grip["x"] + 56, grip["y"] + 60)
    page.mouse.up()
    assert width(page) == 475
    page.locator("#grip").press("ArrowLeft")
    assert width(page) == 467
    page.get_by_role("radio", name="Full").check()
    assert width(page) > 1000


def test_dark_is_the_messages_own_and_forced_dark_an_inversion(
    page: Page, server: PreviewServer
) -> None:
    """The first is what the theme's style sheet says, the second what some clients do to it."""
    open_issue(page, server)
    light = frame(page).evaluate("getComputedStyle(document.body).backgroundColor")

    page.keyboard.press("d")
    expect(page.locator("#panel-rendered")).to_have_attribute("data-scheme", "dark")
    expect(page.locator("iframe.coming")).to_have_count(0)
    dark = frame(page).evaluate("getComputedStyle(document.body).backgroundColor")
    page.keyboard.press("d")
    expect(page.locator("#panel-rendered")).to_have_attribute("data-scheme", "forced")
    expect(page.locator("iframe.coming")).to_have_count(0)
    forced = frame(page).evaluate(
        "[getComputedStyle(document.body).backgroundColor,"
        " getComputedStyle(document.documentElement).filter]"
    )

    assert dark != light
    assert forced == [light, "invert(1) hue-rotate(180deg)"]


def test_the_issue_is_seen_as_others_would_see_it(page: Page, server: PreviewServer) -> None:
    """A missing name and a real one are tried before anyone gets them."""
    open_issue(page, server)

    page.get_by_role("button", name="As Alex").click()
    page.get_by_role("button", name="No name").click()
    expect(message(page)).to_contain_text("Dear reader")
    page.keyboard.press("p")
    page.get_by_role("searchbox", name="Subscribers").fill("yuna")
    page.get_by_role("button", name="Yuna yuna@example.org").click()
    expect(message(page)).to_contain_text("Dear Yuna")


def test_each_variant_of_an_issue_can_be_seen(page: Page, server: PreviewServer) -> None:
    """Nobody has the tags of everyone."""
    asks = '{% if subscriber.has_tag("ai") %}\nMachines.\n{% else %}\nPeople.\n{% endif %}\n'
    server.write_issue("variants", f"# Variants\n\n{asks}")
    open_issue(page, server, "variants")

    expect(message(page)).to_contain_text("People")
    page.get_by_label("Variant").select_option('subscriber.has_tag("ai")')
    expect(message(page)).to_contain_text("Machines")


def test_a_finding_jumps_to_its_line(page: Page, server: PreviewServer) -> None:
    """What is to be mended is in the Markdown, not in the page."""
    server.write_issue(
        "doubtful", "# Doubtful" + "\n\nA paragraph." * 90 + "\n\n[click here](x.html)\n"
    )
    open_issue(page, server, "doubtful")

    page.keyboard.press("6")
    page.get_by_role("button", name="link-text-vague").click()

    marked = page.locator("#source .marked")
    expect(marked).to_have_text("[click here](x.html)")
    expect(marked).to_be_in_viewport()


def test_a_save_is_seen_at_once_and_tab_and_scroll_stay(page: Page, server: PreviewServer) -> None:
    """Whoever writes looks at the screen, not for the place where he was."""
    long = FIRST.replace("are out.", "are out." + "\n\nA paragraph." * 150)
    server.write_issue("long", long.replace("Spring", "Long"))
    open_issue(page, server, "long")
    page.locator("#panel-rendered").evaluate("panel => panel.scrollTo(0, 2000)")

    server.write_issue("long", long.replace("are out.", "are gone.").replace("Spring", "Long"))
    expect(message(page)).to_contain_text("are gone")
    assert page.locator("#panel-rendered").evaluate("panel => panel.scrollTop") == 2000
    page.keyboard.press("2")
    server.write_issue("long", long.replace("are out.", "are back.").replace("Spring", "Long"))
    expect(page.locator("#text")).to_contain_text("are back")
    expect(page.get_by_role("tab", name="Text")).to_have_attribute("aria-selected", "true")


def test_a_new_issue_appears_in_the_list(page: Page, server: PreviewServer) -> None:
    """Nobody has to start the preview again for it."""
    open_issue(page, server)

    server.write_issue("fresh", FIRST.replace("Spring", "Fresh"))

    expect(page.get_by_role("link", name="Fresh")).to_be_visible()


def test_an_issue_that_is_deleted_gives_way_to_another(page: Page, server: PreviewServer) -> None:
    """Files are renamed while one looks at them."""
    file = server.write_issue("passing", FIRST.replace("Spring", "Passing"))
    open_issue(page, server, "passing")

    file.unlink()

    expect(page.get_by_role("link", name="Passing")).to_be_hidden()
    expect(page.locator("#inbox-subject")).not_to_have_text("Passing")
    expect(page.get_by_role("alert")).to_be_hidden()


def test_a_mistake_is_shown_beside_the_last_good_rendering(
    page: Page, server: PreviewServer
) -> None:
    """The place is what one needs, and an empty page is what nobody needs."""
    server.write_issue("mistaken", FIRST.replace("Spring", "Mistaken"))
    open_issue(page, server, "mistaken")

    server.write_issue("mistaken", FIRST.replace('"Spring"', '"Spring'))
    failure = page.get_by_role("alert")
    expect(failure).to_contain_text("issues/mistaken.md:2:16")
    expect(failure.locator(".hit")).to_have_text('title = "Spring')
    expect(failure.locator(".caret")).to_have_text("^")
    expect(message(page)).to_contain_text("first flowers")
    server.write_issue("mistaken", FIRST.replace("are out", "are mended"))
    expect(failure).to_be_hidden()
    expect(message(page)).to_contain_text("are mended")


def test_mistakes_in_settings_and_templates_are_shown_alike(
    page: Page, own_server: PreviewServer
) -> None:
    """All three are written by hand, and saved half-finished."""
    open_issue(page, own_server)
    settings = own_server.folder / "newsletter.toml"
    good = settings.read_text(encoding="utf-8")
    failure = page.get_by_role("alert")

    settings.write_text(good.replace('language = "en"', 'language = "e"'), encoding="utf-8")
    expect(failure).to_contain_text("newsletter.toml:")
    expect(failure.locator(".hit")).to_have_text('language = "e"')
    expect(message(page)).to_contain_text("first flowers")
    settings.write_text(good, encoding="utf-8")
    expect(failure).to_be_hidden()
    theme = own_server.folder / "templates" / "issue" / "weekly"
    theme.mkdir(parents=True)
    (theme / "issue.mjml.j2").write_text("<mjml>\n{% if %}\n</mjml>\n", encoding="utf-8")
    (theme / "issue.txt.j2").write_text("{{ body }}", encoding="utf-8")
    expect(failure).to_contain_text("issue.mjml.j2:2")
    expect(failure.locator(".hit")).to_have_text("{% if %}")
    expect(message(page)).to_contain_text("first flowers")


def test_everything_is_reached_by_keys(page: Page, server: PreviewServer) -> None:
    """Hands that write stay where they are."""
    open_issue(page, server)

    page.keyboard.press("4")
    expect(page.get_by_role("tabpanel", name="Headers")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("]")
    expect(page.locator("#inbox-subject")).to_have_text("Winter")
    page.keyboard.press("[")
    expect(page.locator("#inbox-subject")).not_to_have_text("Winter")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    message(page).click()
    page.keyboard.press("6")
    expect(page.get_by_role("tab", name="Checks")).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="Checks").press("ArrowRight")
    expect(page.get_by_role("tab", name="Rendered")).to_be_focused()


@pytest.mark.parametrize(("scheme", "keys"), [("light", "61p?"), ("dark", "1")])
def test_the_page_has_no_barrier_that_axe_knows(
    browser: Browser, server: PreviewServer, scheme: Literal["light", "dark"], keys: str
) -> None:
    """In each tab, with the list of people, a dialog and a mistake on the screen."""
    page = browser.new_page(color_scheme=scheme, viewport={"width": 1024, "height": 768})
    server.write_issue("unreadable", "+++\ntitle = \n+++\n")
    open_issue(page, server)
    found = []

    for key in keys:
        page.keyboard.press(key)
        found += find_barriers(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Send test").click()
    found += find_barriers(page)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="unreadable.md").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found += find_barriers(page)

    assert found == []
    page.close()


def find_barriers(page: Page) -> list[tuple[str, str]]:
    """Ask axe about the page; the message in the frame has checks of its own."""
    violations = Axe().run(page, options={"iframes": False}).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in violations]


def test_a_script_in_an_issue_does_not_run_and_the_frame_is_of_no_origin(
    page: Page, server: PreviewServer
) -> None:
    """An issue may hold what others have written."""
    evil = (
        "<script>parent.postMessage({ key: '4' }, '*'); document.title = 'run'</script>"
        "<img src=x onerror=\"document.title = 'run'\">"
        "<a target=_self href=\"javascript:void(document.title = 'run')\">Follow</a>"
    )
    status, headers, body = server.ask("/frame?issue=issues/2026-01-spring.md")
    page.route(
        "**/frame?**",
        lambda route: route.fulfill(
            status=status,
            headers=dict(headers),
            body=body.replace(b"<body", evil.encode() + b"<body"),
        ),
    )
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text))

    open_issue(page, server)
    message(page).get_by_text("Follow").click()
    page.wait_for_timeout(200)

    assert frame(page).evaluate("document.title") != "run"
    assert "Content Security Policy" in " ".join(refused)
    expect(page.get_by_role("tab", name="Rendered")).to_have_attribute("aria-selected", "true")
    assert page.evaluate("document.querySelector('#frames iframe').contentDocument") is None
    assert frame(page).evaluate("origin") == "null"


def test_images_on_other_servers_are_fetched_only_when_asked(
    page: Page, server: PreviewServer
) -> None:
    """Whoever runs that server would learn that the issue is being written."""
    asked: list[str] = []

    class Pictures(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(PIXEL)

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    elsewhere = ThreadingHTTPServer(("127.0.0.1", 0), Pictures)
    threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
    (server.folder / "issues" / "dot.png").write_bytes(PIXEL)
    remote = f"http://127.0.0.1:{elsewhere.server_address[1]}/far.png"
    server.write_issue("pictures", f"# Pictures\n\n![near](dot.png)\n\n![far]({remote})\n")

    open_issue(page, server, "pictures")
    near = "[...document.images].map(image => image.naturalWidth)"
    assert frame(page).evaluate(near) == [1, 0]
    assert asked == []
    page.get_by_role("radio", name="All").check()
    expect(page.locator("iframe.coming")).to_have_count(0)
    page.wait_for_timeout(200)
    assert frame(page).evaluate(near) == [1, 1]
    assert asked == ["/far.png"]
    elsewhere.shutdown()
    elsewhere.server_close()


def test_a_test_goes_to_the_addresses_that_are_named(page: Page, server: PreviewServer) -> None:
    """The last look is at a real mailbox."""
    open_issue(page, server)

    page.get_by_role("button", name="Send test").click()
    page.get_by_label("To").fill("me@example.org, you@example.org")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#test-outcomes li")).to_have_count(2)
    expect(page.locator("#test-outcomes")).to_contain_text("accepted me@example.org")

    files = list((server.folder / "maildir" / "new").iterdir())
    parser = BytesParser(policy=policy.default)
    subjects = [parser.parsebytes(file.read_bytes())["Subject"] for file in files]
    assert subjects == ["[Test] Spring", "[Test] Spring"]


def test_looking_changes_nothing(page: Page, server: PreviewServer) -> None:
    """Every address but one is safe to be followed, prefetched or repeated."""
    before = server.fingerprint()
    issue = "issue=issues/2026-01-spring.md"

    open_issue(page, server)
    statuses = [
        server.ask(path)[0]
        for path in [
            "/",
            "/desk",
            "/people?q=yuna",
            f"/preview?{issue}",
            f"/frame?{issue}",
            f"/message.eml?{issue}",
            "/assets/main.js",
            "/test-send",
            "/preview?issue=newsletter.key",
            "/assets/..%2f..%2fpyproject.toml",
            "/frame?issue=../newsletter.key",
        ]
    ]

    assert statuses == [200, 200, 200, 200, 200, 200, 200, 405, 404, 404, 404]
    assert server.fingerprint() == before


@pytest.mark.parametrize(
    ("path", "method", "headers", "status"),
    [
        ("/desk", "GET", {"Host": "evil.example"}, 421),
        ("/desk", "GET", {"Host": "127.0.0.1"}, 421),
        ("/desk", "GET", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        ("/test-send", "POST", {}, 403),
        ("/test-send", "POST", {"Origin": "null"}, 403),
        ("/test-send", "POST", {"Origin": "https://evil.example"}, 403),
        ("/test-send", "POST", {"Sec-Fetch-Site": "same-site"}, 403),
        ("/test-send", "POST", {"Sec-Fetch-Site": "same-origin"}, 415),
    ],
)
def test_requests_of_strangers_are_refused(
    server: PreviewServer, path: str, method: str, headers: dict[str, str], status: int
) -> None:
    """Any page that is open in the same browser can send requests to this machine."""
    body = json.dumps({"issue": "issues/2026-01-spring.md", "addresses": ["me@example.org"]})

    answered, _, _ = server.ask(path, method=method, headers=headers, body=body)

    assert answered == status


def test_ctrl_c_ends_it_though_a_page_is_open(page: Page, pattern: Path) -> None:
    """An open stream of events would be waited for, for ever."""
    with PreviewServer(pattern) as server:
        open_issue(page, server)

        code, said = server.stop()

    assert (code, said) == (0, "")


def test_a_port_that_is_taken_gives_way_to_the_next(server: PreviewServer, pattern: Path) -> None:
    """Two newsletters can lie on the desk."""
    with PreviewServer(pattern, "--port", str(server.port)) as second:
        assert server.port < second.port < server.port + 20


def test_the_chosen_issue_is_in_view_and_keeps_the_focus(
    page: Page, own_server: PreviewServer
) -> None:
    """A list of two years is longer than any screen, and is written anew with each save."""
    folder = own_server.folder / "issues"
    for number in range(60):
        (folder / f"later-{number:02}.md").write_text("Words.\n", encoding="utf-8")

    open_issue(page, own_server)
    chosen = page.locator("#issues [aria-current]")
    expect(chosen).to_be_in_viewport()
    chosen.focus()
    (folder / "later-60.md").write_text("Words.\n", encoding="utf-8")
    expect(page.locator("#issues a")).to_have_count(63)

    expect(chosen).to_be_focused()
