"""The body of a POST, from a browser or a mail service: few and short fields, or none."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from newsletter.web.body import read_body

#: The longest form has a few hundred characters; a proof of work brings 1 kB.
MAX_BODY_BYTES = 16_384
MAX_FIELDS = 64


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form, each with its values in order."""

    values: Mapping[str, Sequence[str]]

    def get(self, name: str) -> str:
        """Return a field's first value; empty for a field that was not sent."""
        return (self.values.get(name) or ("",))[0]

    def get_all(self, name: str) -> Sequence[str]:
        """Return a field's values."""
        return self.values.get(name, ())


async def read_form(request: Request) -> Form:
    """Read a form in either encoding, URL-encoded or multipart.

    Raises:
        HTTPException: 413 for more than `MAX_BODY_BYTES`, 415 for another encoding, 422 for a
            body that is not what it says, or not UTF-8.
    """
    body = await read_body(request, most_bytes=MAX_BODY_BYTES)
    if not body and "content-type" not in request.headers:
        return Form({})
    encoding = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if encoding == "application/x-www-form-urlencoded":
        return _collect(_parse_urlencoded(body))
    if encoding == "multipart/form-data":
        return _collect(await _parse_multipart(request, body))
    raise HTTPException(415)


async def is_from_page(request: Request) -> bool:
    """Tell whether a button of ours was pressed, rather than one in a mail client (RFC 8058).

    Whatever else comes is taken for a mail service's POST, also a body that is none.
    """
    try:
        return (await read_form(request)).get("from") == "page"
    except HTTPException:
        return False


def _parse_urlencoded(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:  # not ASCII, not UTF-8 behind the percent signs, or too many fields
        raise HTTPException(422) from None


async def _parse_multipart(request: Request, body: bytes) -> list[tuple[str, str]]:
    from starlette.formparsers import MultiPartException, MultiPartParser

    async def stream() -> AsyncIterator[bytes]:
        yield body

    parser = MultiPartParser(
        request.headers,
        stream(),  # type: ignore[arg-type] # any asynchronous iterator will do
        max_files=0,
        max_fields=MAX_FIELDS,
    )
    try:
        parsed = await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError):
        raise HTTPException(422) from None
    return [(name, value) for name, value in parsed.multi_items() if isinstance(value, str)]


def _collect(pairs: list[tuple[str, str]]) -> Form:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return Form(values)
