"""Ghost: the CSV of members."""

from subscribers.exchange.cells import read_switch
from subscribers.exchange.layout import Layout
from subscribers.exchange.standing import LEFT, MAILABLE

GHOST = Layout(
    name="ghost",
    title="Ghost",
    needed=(("email",), ("subscribed_to_emails",)),
    signs=frozenset({"subscribedtoemails", "complimentaryplan"}),
    columns={"createdat": "signed_up_at", "id": ""},
    # Who was deleted is told by a column that other programs have, too.
    standings={"subscribedtoemails": read_switch(on=MAILABLE, off=LEFT)},
)
