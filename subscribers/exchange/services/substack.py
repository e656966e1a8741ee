"""Substack: the list of subscribers, alone or in the zip file of a whole publication."""

import re

from subscribers.exchange.cells import read_switch
from subscribers.exchange.layout import Layout
from subscribers.exchange.standing import LEFT, MAILABLE

#: Columns of the other file, which the dashboard writes of chosen columns: figures of readers.
DASHBOARD_SIGNS = frozenset(
    {"emailsreceived6mo", "emailsdropped6mo", "emailreceiveslast6months", "emaildropslast6months"}
)

SUBSTACK = Layout(
    name="substack",
    title="Substack",
    needed=(("email",), ("active_subscription",), ("email_disabled",)),
    signs=frozenset({"activesubscription", "emaildisabled"}),
    columns={"createdat": "signed_up_at"},
    standings={"emaildisabled": read_switch(on=LEFT, off=MAILABLE)},
    members=re.compile(r"(?i:email_list.*\.csv)"),
)
