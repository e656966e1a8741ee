"""The gate: honest readers pass, floods do not, and nobody is turned away without another way."""

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from newsletter.web.gate import INSTALLATION, Asked, Gate, Ticket, Verdict
from newsletter.web.limits import build_key, take
from subscribers.address import EmailAddress
from tests.integration.web_site import WebSite, find_hidden, open_site

pytestmark = pytest.mark.databases("sqlite", "postgresql")

NETWORK = "203.0.113.0/24"


class Visitors:
    """People and robots at a gate."""

    def __init__(self, site: WebSite) -> None:
        self.site = site
        self.gate = Gate(site.installation, os.urandom)

    def fill_in(self, address: str, network: str = NETWORK) -> Asked:
        """Open a form, and fill it in as fast as a person can."""
        ticket = self.open_form(network)
        return self.ask(address, network, stamp=ticket.stamp, proof=solve(ticket))

    def open_form(self, network: str = NETWORK) -> Ticket:
        """Open a form and look at it for a while."""
        ticket = self.gate.open_form("sign-up", network)
        self.site.clock.wait(seconds=3)
        return ticket

    def ask(self, address: str, network: str = NETWORK, **carried: str) -> Asked:
        """Ask with what a form carried."""
        fields = {"stamp": "", **carried}
        return Asked(
            purpose="sign-up", address=EmailAddress.parse(address), network=network, **fields
        )

    def sign_up(self, address: str, network: str = NETWORK) -> Verdict:
        """Fill in a form and send it."""
        return self.gate.decide(self.fill_in(address, network))

    def press(self, asked: Asked, *, with_proof: bool) -> Verdict:
        """Press the button of the step-up page, once."""
        return self.gate.decide(self.answer_step(asked, with_proof=with_proof))

    def answer_step(self, asked: Asked, *, with_proof: bool) -> Asked:
        """Open the step-up page, and fill it in."""
        ticket = self.gate.open_step(asked)
        proof = solve(ticket) if with_proof else ""
        return self.ask(str(asked.address), asked.network, step_stamp=ticket.stamp, proof=proof)


def solve(ticket: Ticket) -> str:
    """Solve a form's challenge; empty when it has none."""
    if ticket.challenge is None:
        return ""
    parameters: Any = ticket.challenge["parameters"]
    counter = 0
    while True:
        password = bytes.fromhex(parameters["nonce"]) + counter.to_bytes(4, "big")
        salt = bytes.fromhex(parameters["salt"])
        key = hashlib.pbkdf2_hmac("sha256", password, salt, parameters["cost"], 32).hex()
        if key.startswith(parameters["keyPrefix"]):
            break
        counter += 1
    solution = {"counter": counter, "derivedKey": key}
    content = {"challenge": ticket.challenge, "solution": solution}
    return base64.b64encode(json.dumps(content).encode()).decode()


@pytest.fixture(autouse=True)
def _easy_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a solution be found at once: that many are needed is what is tested here."""
    monkeypatch.setattr("newsletter.web.proof_of_work.COST", 10)
    monkeypatch.setattr("newsletter.web.proof_of_work.KEY_PREFIX", "0")


@pytest.fixture
def visitors(tmp_path: Path, database_settings: dict[str, str]) -> Iterator[Visitors]:
    """Yield the visitors of a gate with the settings as they are at first."""
    with open_site(tmp_path, **database_settings) as site:
        yield Visitors(site)


def attack(visitors: Visitors) -> None:
    """Use up what the installation may do in an hour, as 200 sign-ups from as many networks do."""
    key = build_key(visitors.site.installation.keys, "sign-up installation", "")
    with visitors.site.installation.database.write() as connection:
        taken = [
            take(connection, key, INSTALLATION, now_ms=visitors.site.clock.ms) for _ in range(200)
        ]
    assert all(taken)


def test_five_people_in_one_house_sign_up_within_ten_minutes_unhindered(visitors: Visitors) -> None:
    """No proof, no other button; the sixth is asked for one."""
    verdicts = [visitors.sign_up(f"kim{number}@example.com") for number in range(6)]

    assert verdicts == [Verdict.PASS] * 5 + [Verdict.STEP_UP]


def test_nobody_computes_anything_as_long_as_nobody_attacks(visitors: Visitors) -> None:
    """The setting `auto` asks for work under attack only."""
    visitors.sign_up("kim@example.com")

    assert visitors.open_form().challenge is None


def test_the_sixth_of_a_network_passes_by_one_more_button(visitors: Visitors) -> None:
    """With or without a script."""
    for number in range(5):
        visitors.sign_up(f"kim{number}@example.com")
    asked = visitors.fill_in("lee@example.com")

    assert visitors.gate.decide(asked) is Verdict.STEP_UP
    assert visitors.press(asked, with_proof=False) is Verdict.PASS


def test_an_address_gets_one_message_in_a_quarter_of_an_hour(visitors: Visitors) -> None:
    """Whatever its case, and from wherever it is asked for; the answer does not tell."""
    first = visitors.sign_up("kim@example.com")
    again = visitors.sign_up("KIM@Example.com", "198.51.100.0/24")
    visitors.site.clock.wait(minutes=15)
    later = visitors.sign_up("kim@example.com", "198.51.101.0/24")

    assert [first, again, later] == [Verdict.PASS, Verdict.QUIET, Verdict.PASS]


def test_ten_thousand_requests_for_one_address_send_five_messages_in_a_day(
    visitors: Visitors,
) -> None:
    """Here every hundredth of them, each from another network and with an honest form."""
    verdicts = []
    for number in range(100):
        verdicts.append(visitors.sign_up("kim@example.com", f"198.51.{number}.0/24"))
        visitors.site.clock.wait(seconds=861)

    assert verdicts.count(Verdict.PASS) == 5
    assert set(verdicts) == {Verdict.PASS, Verdict.QUIET}


@pytest.mark.parametrize("spelling", ["kim+{}@example.com", "k.im+{}@gmail.com"])
def test_a_mailbox_gets_ten_messages_in_a_day_however_it_is_spelt(
    visitors: Visitors, spelling: str
) -> None:
    """A part behind a plus makes as many addresses of one mailbox as anybody likes."""
    verdicts = [
        visitors.sign_up(spelling.format(number), f"10.0.{number}.0/24") for number in range(30)
    ]

    assert verdicts == [Verdict.PASS] * 10 + [Verdict.QUIET] * 20


def test_the_gate_does_not_tell_whether_an_address_was_asked_for_before(visitors: Visitors) -> None:
    """One that was asked for a minute ago, elsewhere, leads from page to page like a new one."""
    visitors.sign_up("kim@example.com", "198.51.100.0/24")
    seen: dict[str, list[bool]] = {}
    for address, network in (("kim@example.com", "192.0.2.0/24"), ("lee@example.com", NETWORK)):
        seen[address] = []
        for _ in range(12):
            asked = visitors.fill_in(address, network)
            replayed = visitors.answer_step(asked, with_proof=False)
            verdicts = [visitors.gate.decide(each) for each in (asked, replayed, replayed)]
            seen[address] += [verdict in {Verdict.PASS, Verdict.QUIET} for verdict in verdicts]

    assert seen["kim@example.com"] == seen["lee@example.com"]
    assert set(seen["kim@example.com"]) == {True, False}


def test_a_robot_without_a_form_of_ours_sends_nothing(visitors: Visitors) -> None:
    """No stamp, a made-up one, one of another form."""
    other = visitors.gate.open_form("preferences", NETWORK).stamp
    visitors.site.clock.wait(seconds=3)

    verdicts = [
        visitors.gate.decide(visitors.ask("kim@example.com", stamp=stamp))
        for stamp in ("", "A" * 44, other)
    ]

    assert verdicts == [Verdict.STEP_UP] * 3


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [
        (1.9, Verdict.STEP_UP),
        (2.0, Verdict.PASS),
        (86_400, Verdict.PASS),
        (86_401, Verdict.STEP_UP),
    ],
)
def test_a_form_is_filled_in_neither_at_once_nor_tomorrow(
    visitors: Visitors, seconds: float, verdict: Verdict
) -> None:
    """A person needs two seconds, and nobody a day."""
    stamp = visitors.gate.open_form("sign-up", NETWORK).stamp
    visitors.site.clock.wait(seconds=seconds)

    assert visitors.gate.decide(visitors.ask("kim@example.com", stamp=stamp)) is verdict


def test_the_button_of_a_step_up_page_is_good_once_and_for_its_request_only(
    visitors: Visitors,
) -> None:
    """Else one page would open the gate for everything."""
    asked = visitors.ask("kim@example.com")
    pressed = visitors.answer_step(asked, with_proof=False)
    elsewhere = visitors.ask("kim@example.com", "198.51.100.0/24", step_stamp=pressed.step_stamp)
    for_another = visitors.ask("lee@example.com", step_stamp=pressed.step_stamp)

    verdicts = [visitors.gate.decide(each) for each in (elsewhere, for_another, pressed, pressed)]

    assert verdicts == [Verdict.STEP_UP, Verdict.STEP_UP, Verdict.PASS, Verdict.STEP_UP]


def test_under_attack_browsers_compute(visitors: Visitors) -> None:
    """From the 201st within an hour on; without a script there is a small common allowance."""
    attack(visitors)

    ticket = visitors.open_form("192.0.2.0/24")
    bare = visitors.ask("kim@example.org", "192.0.2.0/24", stamp=ticket.stamp)
    proven = visitors.ask(
        "kim@example.org", "192.0.2.0/24", stamp=ticket.stamp, proof=solve(ticket)
    )

    assert ticket.challenge is not None
    assert visitors.gate.decide(bare) is Verdict.STEP_UP
    assert visitors.press(bare, with_proof=False) is Verdict.PASS
    visitors.site.clock.wait(minutes=15)
    assert visitors.gate.decide(proven) is Verdict.PASS


def test_the_allowance_of_those_without_a_script_ends(visitors: Visitors) -> None:
    """Thirty an hour for everybody together; then they are asked to come later."""
    attack(visitors)
    verdicts = []
    for number in range(40):
        asked = visitors.ask(f"kim{number}@example-{number}.org", f"192.0.{number}.0/24")
        verdicts.append(visitors.press(asked, with_proof=False))

    assert verdicts == [Verdict.PASS] * 30 + [Verdict.TRY_LATER] * 10


def test_two_hundred_sign_ups_in_an_hour_are_taken_for_an_attack_and_told_once(
    visitors: Visitors, caplog: pytest.LogCaptureFixture
) -> None:
    """The operator learns of it from the log, which names no address and no network."""
    stamp = visitors.open_form().stamp
    verdicts = [
        visitors.gate.decide(
            visitors.ask(f"kim{number}@example-{number}.com", f"198.51.{number}.0/24", stamp=stamp)
        )
        for number in range(203)
    ]

    assert verdicts == [Verdict.PASS] * 200 + [Verdict.STEP_UP] * 3
    assert caplog.messages == [
        "more requests in an hour than usual: taken for an attack, until it is over"
    ]


def test_ten_thousand_addresses_from_few_networks_send_few_messages(visitors: Visitors) -> None:
    """Here 130 at once, by a robot that presses every button and solves every challenge."""
    verdicts = []
    for number in range(130):
        asked = visitors.fill_in(f"kim{number}@example-{number}.com")
        verdict = visitors.gate.decide(asked)
        if verdict is Verdict.STEP_UP:
            verdict = visitors.press(asked, with_proof=True)
        verdicts.append(verdict)

    # A network gets a hundred, and one in 14 minutes after that.
    assert verdicts == [Verdict.PASS] * 100 + [Verdict.TRY_LATER] * 30


def test_a_network_with_twenty_in_a_day_computes(visitors: Visitors) -> None:
    """A conference, or a robot: both can."""
    for number in range(20):
        visitors.sign_up(f"kim{number}@example.com")
        visitors.site.clock.wait(minutes=2)

    there = visitors.open_form().challenge
    elsewhere = visitors.open_form("198.51.100.0/24").challenge

    assert there is not None
    assert elsewhere is None


def test_a_solution_is_good_once(tmp_path: Path) -> None:
    """Replayed, it is worth no more than a form without one."""
    with open_site(tmp_path, web__proof_of_work="always") as site:
        visitors = Visitors(site)
        asked = visitors.fill_in("kim@example.com")
        replayed = visitors.ask("lee@example.com", stamp=asked.stamp, proof=asked.proof)

        verdicts = [visitors.gate.decide(each) for each in (asked, replayed)]

    assert verdicts == [Verdict.PASS, Verdict.STEP_UP]


def test_a_solution_of_one_form_is_no_good_for_another(tmp_path: Path) -> None:
    """It is bound to the form's nonce and to the network."""
    with open_site(tmp_path, web__proof_of_work="always") as site:
        visitors = Visitors(site)
        one, other = visitors.fill_in("kim@example.com"), visitors.fill_in("lee@example.com")
        swapped = visitors.ask("lee@example.com", stamp=other.stamp, proof=one.proof)
        moved = visitors.ask("kim@example.com", "198.51.100.0/24", stamp=one.stamp, proof=one.proof)

        verdicts = [visitors.gate.decide(each) for each in (swapped, moved)]

    assert verdicts == [Verdict.STEP_UP] * 2


def test_work_that_is_switched_off_is_never_asked_for(tmp_path: Path) -> None:
    """Also under attack; the button stays."""
    with open_site(tmp_path, web__proof_of_work="off") as site:
        visitors = Visitors(site)
        attack(visitors)
        asked = visitors.fill_in("kim@example.org", "192.0.2.0/24")

        assert asked.proof == ""
        assert visitors.gate.decide(asked) is Verdict.STEP_UP
        assert visitors.gate.open_step(asked).challenge is None
        assert visitors.press(asked, with_proof=False) is Verdict.PASS


def test_what_does_not_pass_is_not_counted(visitors: Visitors) -> None:
    """The step-up page's button is no second request for the same address."""
    asked = visitors.ask("kim@example.com")
    for _ in range(20):
        assert visitors.gate.decide(asked) is Verdict.STEP_UP

    assert visitors.press(asked, with_proof=False) is Verdict.PASS


def test_the_page_of_the_sixth_carries_what_was_typed(visitors: Visitors) -> None:
    """Nothing is asked twice (WCAG 2.2, 3.3.7)."""
    site = visitors.site
    for number in range(5):
        assert site.sign_up(f"kim{number}@example.com") == 303
    browser = site.browse()
    fields = site.fill_in(browser, "lee@example.com")

    step = browser.post("/subscribe", data={**fields, "name": "Lee", "tag": ["python", "rust"]})
    hidden = find_hidden(step.text)
    done = browser.post("/subscribe", data=hidden)

    assert step.status_code == 429
    assert (hidden["email"], hidden["name"], hidden["tag"]) == ("lee@example.com", "Lee", "rust")
    assert (done.status_code, done.headers["location"]) == (303, "/subscribe/sent")
