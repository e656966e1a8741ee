"""Ask for a subscription: one row in the outbox, whatever is known of the address.

The form's answer must not tell whether somebody is subscribed, by words or by time. So the form
writes down what was asked and nothing else; the worker decides a moment later.
"""

from dataclasses import dataclass

from newsletter.outbox.entry import Kind
from newsletter.outbox.requests import write_request
from newsletter.usecases.installation import Installation
from subscribers.address import EmailAddress


@dataclass(frozen=True, kw_only=True, slots=True)
class SignUp:
    """What somebody typed into a form; made of parsed values only."""

    address: EmailAddress
    #: By `subscribers.profile.parse_name`; may be empty.
    name: str = ""
    #: BCP 47, of the page and of the messages to come.
    language: str = ""
    #: Only tags that the form offered.
    tags: frozenset[str] = frozenset()
    #: Which form: ``page``, ``embed``, ``iframe``, ``api``.
    form: str
    #: The text that was agreed to, whole, in the language that was shown.
    wording: str
    #: Of the asker, truncated: ``203.0.113.0/24``, ``2001:db8:1::/48``; empty for unknown.
    network: str = ""


def sign_up(installation: Installation, request: SignUp) -> None:
    """Write down that somebody asked; the same statement and commit for every address.

    Call `Worker.wake` afterwards: the confirmation leaves at once then.
    """
    address_hash = installation.keys.address_hash(request.address)
    details = {
        "name": request.name,
        # No tag has a comma.
        "tags": ",".join(sorted(request.tags)),
        "form": request.form,
        "wording": request.wording,
        "network": request.network,
    }
    with installation.database.write() as connection:
        write_request(
            connection,
            Kind.SIGN_UP,
            request.address,
            address_hash,
            language=request.language,
            details=details,
            now_ms=installation.now_ms(),
        )
    installation.metrics.count_reader("sign_up")
