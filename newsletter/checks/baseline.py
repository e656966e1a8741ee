"""What a theme does by itself: rendered with one of everything that Markdown has.

What is found in it is not the writer's doing and is not told of an issue.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from newsletter.checks.client_facts import Feature
from newsletter.checks.clients import find_features
from newsletter.checks.contrast import PaleLook, list_pale_looks
from newsletter.checks.page import Page
from newsletter.issues.issue import Issue

#: One of everything that Markdown can ask of a theme.
ONE_OF_EVERYTHING: Final = """\
Words, *emphasis*, **strong**, ~~struck~~, `code`, [a page](https://example.org/ "title")[^1],
https://example.org.

- list
  - [ ] task
- ![image](https://example.org/image.png "title"){ width=100 }

1. number

> quote

> [!NOTE]
> note

!!! note "Note"
    note

Term
: definition

| left | right |
|:-----|------:|
| 1    | 2     |

```python
print("code", 1)  # comment
```

***

![image](https://example.org/image.jpg)

## Section

### Part

#### Piece

## Section

## Section

## Section

[up](#s1)

[^1]: Footnote.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Baseline:
    """What the checks leave out."""

    #: That some clients do not know.
    features: frozenset[Feature]
    #: That can hardly be read.
    pale_looks: frozenset[PaleLook]


def build_baseline(issue: Issue, render: Callable[[Issue], Page]) -> Baseline:
    """Look at the theme of an issue, in the issue's language."""
    page = render(replace(issue, markdown=ONE_OF_EVERYTHING, markdown_line=1))
    return Baseline(
        features=frozenset(find_features(page)),
        pale_looks=frozenset(look for _, look in list_pale_looks(page)),
    )
