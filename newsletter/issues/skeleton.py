"""A template of an issue → the text a writer begins with.

A template is a Markdown file with front matter and these places; every other brace stays text:

    {{ series }}  {{ number }}  {{ title }}  {{ authors }}  {{ tags }}
    {{ date }}                        2024-07-29T08:00:00+09:00
    {{ period_start }}  {{ period_end }}      2024-07-21
    {{ digest }}  {{ preheader }}     of a feed or a site; else empty

With `| quote` a text is written in double quotes and a list in brackets, as TOML, YAML and JSON all
read it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from newsletter.issues.next_issue import NextIssue

Value: TypeAlias = str | Sequence[str]

_PLACE: Final = re.compile(r"\{\{ *([a-z_]+)( *\| *quote)? *\}\}")


def fill_skeleton(
    template: str,
    planned: NextIssue,
    *,
    written_at: datetime,
    digest: str = "",
    preheader: str = "",
) -> str:
    """Write the first text of an issue.

    Args:
        template: Markdown with places.
        planned: Gives the values.
        written_at: Becomes the issue's date; aware, and of the newsletter's time zone.
        digest: Markdown; comes at the end where the template has no place for it.
        preheader: One line.
    """
    values: Mapping[str, Value] = {
        "series": planned.series,
        "number": str(planned.number),
        "title": planned.title,
        "authors": planned.authors,
        "tags": planned.tags,
        "date": written_at.isoformat(timespec="seconds"),
        "period_start": planned.period_start.isoformat(),
        "period_end": planned.period_end.isoformat(),
        "digest": digest,
        "preheader": preheader,
    }

    def put(place: re.Match[str]) -> str:
        if place[1] not in values:
            return place[0]
        value = values[place[1]]
        if place[2]:
            quoted = value if isinstance(value, str) else list(value)
            return json.dumps(quoted, ensure_ascii=False)
        return value if isinstance(value, str) else ", ".join(value)

    has_place = any(place[1] == "digest" for place in _PLACE.finditer(template))
    text = _PLACE.sub(put, template)
    return text if has_place or not digest else f"{text.rstrip()}\n\n{digest}\n"
