"""Each token against each route of the document: what a scope opens, and nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest

from newsletter.operators.api_tokens import Scope
from newsletter.usecases.manage_tokens import create_token, revoke_token
from newsletter.web.api.app import create_api
from tests.integration.web_site import WebSite, open_site

DOCUMENT: dict[str, Any] = create_api().openapi()
OPERATIONS = [
    (method, path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]
IDS = [f"{method} {path}" for method, path, _ in OPERATIONS]
#: What may be done without a token; a new route is not among them by oversight.
PUBLIC = {"get /sign-up", "post /sign-up"}
#: In the order of the document.
NEEDED = {
    "get /subscribers": Scope.SUBSCRIBERS_READ,
    "post /subscribers": Scope.SUBSCRIBERS_WRITE,
    "post /confirmed-subscribers": Scope.SUBSCRIBERS_CONFIRM,
    "post /subscriber-lookup": Scope.SUBSCRIBERS_READ,
    "get /subscribers/{id}": Scope.SUBSCRIBERS_READ,
    "patch /subscribers/{id}": Scope.SUBSCRIBERS_WRITE,
    "delete /subscribers/{id}": Scope.SUBSCRIBERS_ERASE,
    "get /subscribers/{id}/consents": Scope.SUBSCRIBERS_READ,
    "post /subscribers/{id}/unsubscribe": Scope.SUBSCRIBERS_WRITE,
    "get /tags": Scope.SUBSCRIBERS_READ,
    "get /segments": Scope.SUBSCRIBERS_READ,
    "post /segment-count": Scope.SUBSCRIBERS_READ,
    "get /suppressions": Scope.SUPPRESSIONS_READ,
    "post /suppressions": Scope.SUPPRESSIONS_WRITE,
    "get /suppressions/{id}": Scope.SUPPRESSIONS_READ,
    "delete /suppressions/{id}": Scope.SUPPRESSIONS_WRITE,
    "get /issues": Scope.ISSUES_READ,
    "get /issues/{slug}": Scope.ISSUES_READ,
    "get /issues/{slug}/report": Scope.ISSUES_READ,
    "get /issues/{slug}/deliveries": Scope.ISSUES_READ,
    "post /issues/{slug}/pause": Scope.ISSUES_CONTROL,
    "post /issues/{slug}/resume": Scope.ISSUES_CONTROL,
    "post /issues/{slug}/cancel": Scope.ISSUES_CONTROL,
    "get /events": Scope.EVENTS_READ,
}


class Doors:
    """A site, and a token of each kind."""

    def __init__(self, site: WebSite) -> None:
        installation = site.installation
        self.site = site
        self.by_scope = {
            scope: create_token(installation, scope.replace(":", "-"), [scope])[1]
            for scope in Scope
        }
        _, self.revoked = create_token(installation, "revoked", list(Scope))
        _, self.expired = create_token(installation, "expired", list(Scope), lives_ms=1)
        revoke_token(installation, "revoked")
        site.clock.wait(seconds=1)
        self.browser = site.browse()

    def knock(self, method: str, path: str, authorization: str) -> int:
        """Ask, with an empty body where one is needed; return the status."""
        place = path.replace("{id}", "0" * 32).replace("{slug}", "nothing")
        headers = {"Authorization": authorization} if authorization else {}
        body: dict[str, str] | None = {} if method in {"post", "patch"} else None
        answer = self.browser.request(method, f"/api/v1{place}", headers=headers, json=body)
        return answer.status_code


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """Open a site; nothing that is asked here changes it."""
    with open_site(tmp_path_factory.mktemp("doors"), web__api_rate_per_second="0") as site:
        yield Doors(site)


def test_the_table_names_every_route() -> None:
    """A new route is decided about here, too."""
    documented = {f"{method} {path}" for method, path, _ in OPERATIONS}

    assert documented == PUBLIC | set(NEEDED)


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=IDS)
def test_the_document_tells_what_a_route_needs(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    """It is what is enforced, so it is compared with a list that was written by hand."""
    scope = NEEDED.get(f"{method} {path}")

    assert operation["security"] == ([{"token": [scope]}] if scope else [])


@pytest.mark.parametrize(("method", "path"), [each[:2] for each in OPERATIONS], ids=IDS)
def test_each_token_opens_what_it_names_and_nothing_else(
    doors: Doors, method: str, path: str
) -> None:
    """None, garbage, a revoked one, an expired one, and one for each scope."""
    needed = NEEDED.get(f"{method} {path}")
    good = doors.by_scope[Scope.EVENTS_READ]

    strangers = ["", "Bearer", "Bearer x", f"Basic {good}", f"Bearer {good}, Bearer {good}"]
    strangers += [f"Bearer {doors.revoked}", f"Bearer {doors.expired}", f"Bearer {good[:-1]}"]
    refused = {each: doors.knock(method, path, each) for each in strangers}
    opened = {
        scope: doors.knock(method, path, f"Bearer {token}") not in {401, 403}
        for scope, token in doors.by_scope.items()
    }

    assert set(refused.values()) == ({401} if needed else {refused[""]})
    assert refused[""] != 401 or needed
    assert opened == {scope: needed is None or scope is needed for scope in Scope}


def test_a_route_that_says_nothing_of_scopes_cannot_be_made() -> None:
    """Whoever forgets it learns of it when the program starts."""
    from fastapi import APIRouter

    from newsletter.web.api.route import ApiRoute

    router = APIRouter(route_class=ApiRoute)

    with pytest.raises(TypeError, match="/secrets: say which scope"):
        router.get("/secrets")(lambda: None)
