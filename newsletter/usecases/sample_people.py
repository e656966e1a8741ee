"""People who exist nowhere: whom an issue is looked at as, so that no name comes as a surprise."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from newsletter.sending.message.recipient import DeliveryId, Recipient
from newsletter.usecases.installation import Installation
from newsletter.usecases.sample_recipient import sample_recipient
from subscribers.address import EmailAddress


@dataclass(frozen=True, kw_only=True, slots=True)
class SamplePerson:
    """One made-up reader."""

    #: In URLs of the preview.
    id: str
    #: What is special.
    label: str
    address: str
    name: str = ""
    #: BCP 47; empty when the person told none.
    language: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


#: The first one is looked at unless another is chosen.
SAMPLE_PEOPLE: Final = (
    SamplePerson(
        id="usual", label="A usual name", address="alex@example.org", name="Alex", language="en"
    ),
    SamplePerson(id="nameless", label="No name", address="reader@example.org"),
    SamplePerson(
        id="long",
        label="A very long name",
        address="wolfeschlegelsteinhausenbergerdorff.hubert.blaine@mail.example.org",
        name="Hubert Blaine Wolfeschlegelsteinhausenbergerdorff, Sr.",
        language="de",
    ),
    SamplePerson(
        id="korean", label="Korean", address="minjun@example.org", name="김민준", language="ko"
    ),
    SamplePerson(
        id="rtl",
        label="Right to left",
        address="maryam@example.org",
        name="مريم الأنصاري",
        language="ar",
    ),
    SamplePerson(
        id="markup",
        label="A name like markup",
        address="bobby@example.org",
        name='Bobby "O\'Neil" <b>&amp;</b>',
        language="en",
    ),
)


def build_sample(installation: Installation, person: SamplePerson) -> Recipient:
    """Make the recipient that a sample person would be."""
    recipient = sample_recipient(
        installation, EmailAddress.parse(person.address), delivery_id=DeliveryId(0, 0)
    )
    return replace(
        recipient, name=person.name, language=person.language, fields=dict(person.fields)
    )
