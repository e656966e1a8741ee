"""A port taken, or why it cannot be."""

import errno
import socket
from typing import Final

from newsletter.errors import TemporaryError, UserError
from newsletter.settings.hosts import bracket_host

#: More wait at a socket than anyone has seen; the system may set a lower limit.
_BACKLOG: Final = 1024


def bind(host: str, port: int, *, said_by: str = "--host and --port") -> socket.socket:
    """Take a port.

    Args:
        host: A name or an address.
        port: 0 for one that is free.
        said_by: What the operator says it by, for the messages.

    Raises:
        TemporaryError: Somebody else has it.
        UserError: There is no such host here, or this user may not have it.
    """
    where = f"{bracket_host(host)}:{port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise UserError(
            f"{host}: there is no such host ({error.strerror}). {said_by} says where to listen."
        ) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise TemporaryError(
                f"{where}: another process listens there already. Stop it, or choose another port"
                f" by {said_by} (0 takes one that is free)."
            ) from error
        raise UserError(f"{where}: cannot listen there: {error.strerror}") from error
    return listener
