"""The API, asked as a program does: people, suppressions, problems, repeats, pages."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from newsletter.operators.actions import list_actions
from newsletter.operators.api_tokens import Scope
from newsletter.usecases.manage_tokens import create_token
from newsletter.web.api.route import MAX_BODY_BYTES
from tests.integration.web_site import WebSite, find_link, open_site

pytestmark = pytest.mark.databases("sqlite", "postgresql")

KIM = {"email": "kim@example.org", "consent_basis": "asked me", "consent_source": "by hand"}


@pytest.fixture
def site(tmp_path: Path, database_settings: dict[str, str]) -> Iterator[WebSite]:
    """Open a site."""
    with open_site(tmp_path, **database_settings) as site:
        yield site


@pytest.fixture
def program(site: WebSite) -> TestClient:
    """Return a program with a token that opens everything."""
    _, token = create_token(site.installation, "robot", list(Scope))
    return site.browse(Authorization=f"Bearer {token}")


def add(program: TestClient, address: str = "kim@example.org", **more: Any) -> dict[str, Any]:
    """Add somebody as confirmed."""
    answer = program.post("/api/v1/confirmed-subscribers", json={**KIM, "email": address, **more})
    assert answer.status_code == 201, answer.text
    person: dict[str, Any] = answer.json()
    return person


def name_problem(answer: Any) -> str:
    """Name the kind of a problem."""
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == answer.status_code
    return str(document["type"]).rpartition(":")[2]


class TestPeople:
    """Add, look, change, let go."""

    def test_somebody_who_is_added_is_told_of_alike_everywhere(self, program: TestClient) -> None:
        """By his id, in the list, and by his address."""
        person = add(program, name="Kim", tags=["Python"], fields={"city": "Seoul"})

        listed = program.get("/api/v1/subscribers?tag=python&state=confirmed").json()
        found = program.post("/api/v1/subscriber-lookup", json={"email": "KIM@example.org"})

        assert program.get(f"/api/v1/subscribers/{person['id']}").json() == person
        assert listed == {"items": [person], "next": None}
        assert found.json() == {"subscriber": person, "suppressed": None}
        assert person["tags"] == ["python"]

    def test_whoever_is_known_stays_as_he_is(self, program: TestClient) -> None:
        """200 instead of 201 tells it."""
        person = add(program, name="Kim")

        again = program.post("/api/v1/confirmed-subscribers", json={**KIM, "name": "Lee"})

        assert (again.status_code, again.json()) == (200, person)

    def test_a_suppressed_address_is_not_added(self, program: TestClient) -> None:
        """Whoever said no is not made a subscriber by a program."""
        program.post("/api/v1/suppressions", json={"email": KIM["email"]})

        refused = program.post("/api/v1/confirmed-subscribers", json=KIM)

        assert name_problem(refused) == "refused"
        assert "suppressed" in refused.json()["detail"]

    def test_a_change_leaves_alone_what_it_does_not_name(self, program: TestClient) -> None:
        """So that two who change different things do not undo each other."""
        person = add(program, name="Kim", tags=["a", "b"], fields={"city": "Seoul", "shoe": "42"})

        changed = program.patch(
            f"/api/v1/subscribers/{person['id']}",
            json={
                "language": "ko_KR",
                "add_tags": ["c"],
                "remove_tags": ["a"],
                "fields": {"shoe": None},
            },
        ).json()

        assert changed == {
            **person,
            "language": "ko-KR",
            "tags": ["b", "c"],
            "fields": {"city": "Seoul"},
        }

    def test_whoever_is_unsubscribed_or_erased_is_so(
        self, program: TestClient, site: WebSite
    ) -> None:
        """And the token is on record for it."""
        person = add(program)
        path = f"/api/v1/subscribers/{person['id']}"

        left = program.post(f"{path}/unsubscribe").json()
        erased = program.delete(path)

        assert (left["state"], erased.status_code) == ("unsubscribed", 204)
        assert name_problem(program.get(path)) == "not-found"
        assert name_problem(program.delete(path)) == "not-found"
        assert program.get("/api/v1/subscribers").json()["items"] == []
        with site.installation.database.read() as connection:
            actions = list_actions(connection, limit=10)
        assert [(str(each.kind), each.actor) for each in actions[:3]] == [
            ("erase", "token:robot"),
            ("unsubscribe", "token:robot"),
            ("add", "token:robot"),
        ]

    def test_a_sign_up_by_a_program_is_confirmed_by_its_owner(
        self, program: TestClient, site: WebSite
    ) -> None:
        """Double opt-in: the words of the program's own form are the evidence."""
        wanted = {"email": "kim@example.org", "tags": ["python"], "wording": "Yes, please."}
        with site.working():
            asked = program.post("/api/v1/subscribers", json=wanted)
            message = site.wait_for_message("kim@example.org")

        site.browse().post(find_link(message, "/confirm/"))

        [person] = program.get("/api/v1/subscribers").json()["items"]
        consents = program.get(f"/api/v1/subscribers/{person['id']}/consents").json()["items"]
        assert asked.status_code == 202
        assert (person["state"], person["tags"]) == ("confirmed", ["python"])
        assert [(each["event"], each["form"]) for each in consents] == [
            ("requested", "api"),
            ("confirmed", ""),
        ]

    def test_a_program_cannot_flood_a_mailbox(self, program: TestClient, site: WebSite) -> None:
        """What limits the form limits a program: the usual answer, and no second message."""
        wanted = {"email": "kim@example.org", "wording": "Yes."}

        answers = [program.post("/api/v1/subscribers", json=wanted) for _ in range(3)]

        rows = dict(site.list_rows())["outbox"]
        assert [each.text for each in answers] == ['{"status":"asked"}'] * 3
        assert len(rows) == 1


class TestSegments:
    """Rules that pick people."""

    def test_a_list_may_be_picked_by_a_rule(self, program: TestClient) -> None:
        """By what the command line takes, too."""
        kim = add(program, tags=["a"], language="ko")
        add(program, "lee@example.org", tags=["a"])

        path = "/api/v1/subscribers?segment=tag%3Aa%20and%20language%3Ako"
        listed = program.get(path).json()
        counted = program.post("/api/v1/segment-count", json={"segment": "tag:a"}).json()

        assert listed["items"] == [kim]
        assert (counted["people"], counted["mailable"]) == (2, 2)
        assert program.get("/api/v1/segments").json() == {"items": []}

    def test_a_rule_that_cannot_be_read_is_told_with_its_column(self, program: TestClient) -> None:
        """A program shows it to whoever wrote it."""
        answer = program.post("/api/v1/segment-count", json={"segment": "tag:a and"})

        assert name_problem(answer) == "refused"
        assert "column" in answer.json()["detail"]

    @pytest.mark.parametrize("segment", ["koreans", "not received:2026-01"])
    def test_a_segment_that_is_not_there_is_told_as_such(
        self, program: TestClient, segment: str
    ) -> None:
        """Otherwise it looks as if the path were wrong."""
        listed = program.get("/api/v1/subscribers", params={"segment": segment})
        counted = program.post("/api/v1/segment-count", json={"segment": segment})

        assert name_problem(listed) == name_problem(counted) == "not-found"
        assert listed.json()["detail"].startswith("No segment is saved")
        assert counted.json()["detail"].startswith("No segment is saved")

    def test_a_rule_may_be_as_long_as_at_the_command_line(self, program: TestClient) -> None:
        """Programs write longer ones than people."""
        rule = " or ".join(["tag:a"] * 200)
        kim = add(program, tags=["a"])

        listed = program.get("/api/v1/subscribers", params={"segment": rule})

        assert len(rule) > 1000
        assert listed.json()["items"] == [kim]


class TestSuppressions:
    """Addresses that get nothing."""

    def test_a_suppression_is_made_found_and_lifted(self, program: TestClient) -> None:
        """Where nobody is known by the address, only its hash is told."""
        made = program.post("/api/v1/suppressions", json={"email": "lee@example.org"}).json()
        path = f"/api/v1/suppressions/{made['id']}"

        found, lifted = program.get(path).json(), program.delete(path)

        assert (found, found["email"], found["reason"]) == (made, None, "manual")
        assert lifted.status_code == 204
        assert name_problem(program.delete(path)) == "not-found"


class TestPages:
    """Lists go on at `next`."""

    def test_pages_tell_everybody_once(self, program: TestClient) -> None:
        """In the order in which they came, also when somebody comes between two pages."""
        ids = [add(program, f"reader{n}@example.org", tags=["a"])["id"] for n in range(5)]

        told, path = [], "/api/v1/subscribers?tag=a&limit=2"
        while path:
            page = program.get(path).json()
            told += [each["id"] for each in page["items"]]
            path = page["next"]

        assert told == ids

    def test_a_cursor_that_was_not_given_here_is_refused(self, program: TestClient) -> None:
        """Neither a made-up one nor one of another list."""
        add(program)
        other = program.get("/api/v1/events").json()["cursor"]

        answers = [
            program.get(f"/api/v1/subscribers?cursor={cursor}")
            for cursor in ("AAAA", "x" * 400, other, other[:-1])
        ]

        assert {name_problem(each) for each in answers} == {"unknown-cursor"}

    def test_events_go_on_where_they_stopped(self, program: TestClient) -> None:
        """The cursor of the last page is good for the next day."""
        add(program)
        first = program.get("/api/v1/events").json()
        add(program, "lee@example.org")

        second = program.get(f"/api/v1/events?cursor={first['cursor']}").json()

        assert [each["id"] for each in first["items"] + second["items"]] == [
            "consent-1",
            "consent-2",
        ]
        assert second["is_last"] is True


class TestRepeats:
    """The same key, the same answer."""

    def test_a_repeated_request_is_answered_alike(self, program: TestClient) -> None:
        """Byte by byte: 201 again, though he is known by now."""
        headers = {"Idempotency-Key": "order-4711"}
        answers = [
            program.post("/api/v1/confirmed-subscribers", json=KIM, headers=headers)
            for _ in range(3)
        ]

        assert {each.status_code for each in answers} == {201}
        assert len({each.content for each in answers}) == 1

    def test_a_refusal_is_repeated_too(self, program: TestClient) -> None:
        """Else the second could do what the first was refused."""
        headers = {"Idempotency-Key": "one"}
        made = program.post("/api/v1/suppressions", json={"email": KIM["email"]}).json()
        refused = program.post("/api/v1/confirmed-subscribers", json=KIM, headers=headers)
        program.delete(f"/api/v1/suppressions/{made['id']}")

        again = program.post("/api/v1/confirmed-subscribers", json=KIM, headers=headers)

        assert (again.status_code, again.content) == (403, refused.content)

    def test_what_is_gone_is_not_told_as_made(self, program: TestClient) -> None:
        """Once the suppression is lifted, the same request makes another."""
        headers, new = {"Idempotency-Key": "one"}, {"email": "lee@example.org"}
        made = program.post("/api/v1/suppressions", json=new, headers=headers).json()
        path = f"/api/v1/suppressions/{made['id']}"
        program.delete(path)

        program.post("/api/v1/suppressions", json=new, headers=headers)

        assert program.get(path).status_code == 200

    def test_an_answer_is_forgotten_with_whom_it_is_about(
        self, program: TestClient, site: WebSite
    ) -> None:
        """Nothing of an erased person is left, sealed or not."""
        headers = {"Idempotency-Key": "one"}
        person = program.post("/api/v1/confirmed-subscribers", json=KIM, headers=headers).json()
        before = len(dict(site.list_rows())["api_answer"])

        program.delete(f"/api/v1/subscribers/{person['id']}")

        assert (before, len(dict(site.list_rows())["api_answer"])) == (1, 0)

    def test_a_key_is_for_one_request(self, program: TestClient) -> None:
        """Another body, or another path, is another request."""
        headers = {"Idempotency-Key": "one"}
        program.post("/api/v1/confirmed-subscribers", json=KIM, headers=headers)

        body = program.post(
            "/api/v1/confirmed-subscribers", json={**KIM, "name": "K"}, headers=headers
        )
        path = program.post("/api/v1/subscriber-lookup", json=KIM, headers=headers)

        assert {name_problem(body), name_problem(path)} == {"key-reused"}

    @pytest.mark.parametrize("key", ["", "a b", "x" * 256, "ü"])
    def test_what_is_no_key_is_refused(self, program: TestClient, key: str) -> None:
        """Rather than done twice."""
        headers = {b"Idempotency-Key": key.encode("latin-1")}

        answer = program.post(
            "/api/v1/suppressions", json={"email": "a@example.org"}, headers=headers
        )

        assert name_problem(answer) == "invalid-request"


class TestProblems:
    """Whatever is wrong, a program can read it."""

    @pytest.mark.parametrize(
        ("method", "path", "kind"),
        [
            ("GET", "/nothing", "not-found"),
            ("GET", "/subscribers/", "not-found"),
            ("GET", "/%0A", "not-found"),
            ("GET", "/subscribers/%00", "invalid-request"),
            ("GET", "/subscribers?limit=0", "invalid-request"),
            ("GET", "/subscribers?limit=99999999999999999999999", "invalid-request"),
            ("GET", "/subscribers?tag=%00", "invalid-request"),
            ("GET", "/issues/nothing", "not-found"),
            ("GET", "/issues/..%2F..%2Fetc%2Fpasswd", "not-found"),
            ("POST", "/issues/nothing/pause", "not-found"),
            ("PUT", "/tags", "wrong-method"),
            ("HEAD", "/tags", "wrong-method"),
            ("OPTIONS", "/tags", "wrong-method"),
            ("TRACE", "/tags", "wrong-method"),
        ],
    )
    def test_each_has_its_kind(
        self, program: TestClient, method: str, path: str, kind: str
    ) -> None:
        """By which a program decides."""
        answer = program.request(method, f"/api/v1{path}")

        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        assert method == "HEAD" or name_problem(answer) == kind

    def test_405_names_what_can_be_done(self, program: TestClient) -> None:
        """Of all routes at that path."""
        answer = program.put(f"/api/v1/subscribers/{'0' * 32}")

        assert answer.headers["allow"] == "DELETE, GET, PATCH"

    @pytest.mark.parametrize(
        ("content", "media_type", "kind"),
        [
            (b"{}", "text/plain", "not-json"),
            (b"email=a@example.org", "application/x-www-form-urlencoded", "not-json"),
            (b"{", "application/json", "invalid-request"),
            (b"\xff", "application/json", "invalid-request"),
            (b"[" * 60_000, "application/json", "invalid-request"),
            (b'{"email": 7}', "application/json", "invalid-request"),
            (b'{"email": "a@example.org", "more": 1}', "application/json", "invalid-request"),
            (b'{"email": "a\\u0000@example.org"}', "application/json", "invalid-request"),
            (b'{"email": "\\ud800@example.org"}', "application/json", "invalid-request"),
            (b'{"email": "a@b"}', "application/json", "refused"),
            (b" " * (MAX_BODY_BYTES + 1), "application/json", "too-large"),
        ],
    )
    def test_a_body_that_is_none_is_told(
        self, program: TestClient, content: bytes, media_type: str, kind: str
    ) -> None:
        """And nothing of it is repeated."""
        answer = program.post(
            "/api/v1/suppressions", content=content, headers={"Content-Type": media_type}
        )

        assert name_problem(answer) == kind
        assert "example.org" not in answer.text

    def test_a_problem_tells_where_it_is(self, program: TestClient) -> None:
        """By the field's name, and without what stood there."""
        answer = program.post("/api/v1/suppressions", json={"email": "no address"})

        assert [each["where"] for each in answer.json()["faults"]] == ["body.email"]
        assert "no address" not in answer.text

    def test_without_a_token_nothing_is_told(self, site: WebSite) -> None:
        """And a client learns how to show one (RFC 6750)."""
        answer = site.browse(Cookie="desk=x").get("/api/v1/subscribers")

        assert name_problem(answer) == "no-token"
        assert answer.headers["www-authenticate"] == "Bearer"

    def test_a_request_by_another_name_or_site_is_a_problem_too(self, program: TestClient) -> None:
        """The guard of the pages stands before the API; what it says can be read."""
        host = program.get("/api/v1/tags", headers={"Host": "evil.example"})
        site = program.post("/api/v1/sign-up", headers={"Sec-Fetch-Site": "cross-site"})

        assert (name_problem(host), name_problem(site)) == ("other-host", "other-site")

    def test_no_browser_of_another_site_may_read(self, program: TestClient) -> None:
        """No header of CORS, and none that keeps anything."""
        answer = program.get("/api/v1/tags", headers={"Origin": "https://evil.example"})

        assert answer.headers["cache-control"] == "no-store"
        assert [name for name in answer.headers if name.startswith("access-control")] == []
        assert "set-cookie" not in answer.headers


def test_a_token_may_ask_so_often(tmp_path: Path) -> None:
    """Five seconds' worth at once; then it is told how long to wait."""
    with open_site(tmp_path, web__api_rate_per_second="1") as site:
        programs = [
            site.browse(
                Authorization=f"Bearer {create_token(site.installation, name, list(Scope))[1]}"
            )
            for name in ("one", "two")
        ]

        answers = [programs[0].get("/api/v1/tags") for _ in range(6)]

        assert [each.status_code for each in answers] == [200] * 5 + [429]
        assert (name_problem(answers[5]), answers[5].headers["retry-after"]) == (
            "too-many-requests",
            "1",
        )
        assert programs[1].get("/api/v1/tags").status_code == 200
        site.clock.wait(seconds=1)
        assert programs[0].get("/api/v1/tags").status_code == 200


def test_the_document_is_the_same_served_and_printed(site: WebSite) -> None:
    """Anyone may read it; it tells of nobody."""
    from newsletter.web.api.app import create_api

    served = site.browse().get("/api/v1/openapi.json")

    assert served.json() == json.loads(json.dumps(create_api().openapi()))
    assert served.headers["cache-control"] == "no-store"
