"""The body of a POST, up to a limit."""

from starlette.exceptions import HTTPException
from starlette.requests import Request


async def read_body(request: Request, *, most_bytes: int) -> bytes:
    """Read a body as it came.

    Raises:
        HTTPException: 413 for more than `most_bytes`; no more than that is read.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most_bytes:
        raise HTTPException(413)
    chunks: list[bytes] = []
    size_bytes = 0
    async for chunk in request.stream():
        size_bytes += len(chunk)
        if size_bytes > most_bytes:
            raise HTTPException(413)
        chunks.append(chunk)
    return b"".join(chunks)
