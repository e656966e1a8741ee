"""What SendGrid's own description says of its webhook, beside what we know of it.

The description is not part of this project: `../shared/specs/sendgrid-webhooks-v3.yaml` beside the
checkout. It names the kinds of events, and has no schema of one.
"""

from pathlib import Path

import pytest
import yaml

from newsletter.reports.report import ReportKind
from newsletter.reports.sendgrid_events import read_event
from newsletter.sending.transports.sendgrid.fake_events import STORIES

SPEC = Path(__file__).parents[2].parent / "shared/specs/sendgrid-webhooks-v3.yaml"
#: Where the switch of a kind is not called like its event.
EVENT_OF_SWITCH = {"spam_report": "spamreport"}
#: Who reads what is none of our business; an event alone brings nobody back.
WITHOUT_MEANING = {"open", "click", "group_resubscribe"}

if not SPEC.exists():
    pytest.skip("SendGrid's API description is not beside the checkout", allow_module_level=True)


def list_events() -> list[str]:
    """List the kinds of events that a webhook can be set to post."""
    description = yaml.safe_load(SPEC.read_text(encoding="utf-8"))
    switches = description["components"]["schemas"]["EventWebhookRequest"]["properties"]
    return sorted(
        EVENT_OF_SWITCH.get(name, name)
        for name, schema in switches.items()
        if schema.get("type") == "boolean" and name != "enabled"
    )


def test_every_kind_that_can_be_asked_for_is_known() -> None:
    """A kind that SendGrid adds shows here first."""
    kinds = {name: read_event({"event": name}, received_at_ms=1).kind for name in list_events()}

    unknown = {name for name, kind in kinds.items() if kind is ReportKind.OTHER}
    assert len(kinds) == 11
    assert unknown == WITHOUT_MEANING


def test_the_fake_tells_of_every_kind_with_a_meaning() -> None:
    """Bounces have names of their own there, by what went wrong."""
    told = {name for story in STORIES.values() for name in story}

    assert set(list_events()) - WITHOUT_MEANING <= told
