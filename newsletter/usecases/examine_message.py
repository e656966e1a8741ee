"""Examine a message that arrived: needs DNS, and no newsletter."""

from collections.abc import Iterator
from pathlib import Path

from newsletter.doctor.arrived_headers import (
    examine_header,
    examine_receivers_words,
    examine_unsubscribing,
)
from newsletter.doctor.arrived_message import ArrivedMessage
from newsletter.doctor.arrived_signatures import (
    examine_arrived_alignment,
    examine_signatures,
    verify_signatures,
)
from newsletter.doctor.dmarc import examine_dmarc
from newsletter.doctor.dmarc_tree import walk_dmarc
from newsletter.doctor.examination import Examination, bear_silence
from newsletter.doctor.names import Names, NameServer
from newsletter.errors import NotFoundError, UserError

_MOST_BYTES = 50_000_000


def examine_message(file: Path, name_server: NameServer | None = None) -> Iterator[Examination]:
    """Look at a message as its receiver has it: header, signatures, alignment.

    Args:
        file: The message's source. Its bytes may be any.
        name_server: To be asked for keys and policies; None for the system's.

    Raises:
        NotFoundError: There is no such file.
        UserError: It cannot be read.
    """
    message = ArrivedMessage.parse(_read(file))
    yield examine_header(message)
    if not message.fields:
        return
    yield examine_unsubscribing(message)
    yield examine_receivers_words(message)
    yield from bear_silence("signatures", _examine_proofs(message, name_server))


def _examine_proofs(
    message: ArrivedMessage, name_server: NameServer | None
) -> Iterator[Examination]:
    """Look at what DNS has a part in."""
    names = Names(name_server)
    signatures = verify_signatures(message, names)
    yield from examine_signatures(signatures)
    if domain := message.from_domain:
        tree = walk_dmarc(names, domain)
        yield examine_dmarc(tree)
        yield examine_arrived_alignment(names, tree, message, signatures)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise NotFoundError(f"{file}: there is no such file") from None
    except OSError as error:
        raise UserError(f"{file}: cannot be read: {error.strerror}") from error
    if len(content) > _MOST_BYTES:
        raise UserError(f"{file}: has more than {_MOST_BYTES:,} bytes; no message is that long")
    return content
