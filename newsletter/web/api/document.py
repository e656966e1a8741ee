"""The OpenAPI document, made true: what FastAPI does not know of this API is written in here."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from newsletter.operators.api_tokens import Scope
from newsletter.web.api.problems import MEDIA_TYPE
from newsletter.web.api.route import IDEMPOTENCY_HEADER, IDEMPOTENCY_KEY, SECURITY_SCHEME
from newsletter.web.api.values import Problem

_SCOPES: Final = ", ".join(f"`{scope}`" for scope in Scope)
_REASONS: Final = {
    "401": "Without a token that is good.",
    "403": "The token does not allow it, or a rule stands against it.",
    "404": "There is no such thing.",
    "409": "It cannot be done as things stand.",
    "413": "The body is larger than 1 MB.",
    "415": "The body is not application/json.",
    "422": "The request is not as described.",
    "429": "Too many requests: wait for as many seconds as Retry-After says.",
    "503": "Not just now: wait for as many seconds as Retry-After says.",
}
_REPEATS: Final = {
    "name": IDEMPOTENCY_HEADER,
    "in": "header",
    "required": False,
    "description": "The same request with the same key is done once, and answered alike for a day.",
    "schema": {"type": "string", "pattern": f"^{IDEMPOTENCY_KEY.pattern}$"},
}


def build_document(app: FastAPI) -> dict[str, Any]:
    """Build the document of the routes."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            servers=app.servers,
        )
        schemas = document["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= problem.pop("$defs", {})
        schemas["Problem"] = problem
        document["components"]["securitySchemes"] = {
            SECURITY_SCHEME: {
                "type": "http",
                "scheme": "bearer",
                "description": f"`newsletter token create` makes one. Scopes: {_SCOPES}.",
            }
        }
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                _complete(path, method, operation)
        app.openapi_schema = document
    return app.openapi_schema


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    """Add to an operation what every one of its kind has."""
    operation["responses"].pop("422", None)
    for status in _list_statuses(path, method, operation):
        operation["responses"][status] = {
            "description": _REASONS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    if method == "post" and operation["security"]:
        operation.setdefault("parameters", []).append(_REPEATS)


def _list_statuses(path: str, method: str, operation: dict[str, Any]) -> list[str]:
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    statuses = ["403", "422", "429", "503"]
    if operation["security"]:
        statuses.append("401")
    if "{" in path or "cursor" in names:
        statuses.append("404")
    if "requestBody" in operation:
        statuses += ["413", "415"]
    if method in {"post", "delete"}:
        statuses.append("409")
    declared = [status for status in operation["responses"] if status in _REASONS]
    return sorted({*statuses, *declared})
