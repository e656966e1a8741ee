"""How well one colour is read on another, and which colour near it is read well enough.

Source:
    WCAG 2.2, success criterion 1.4.3 and the definitions of contrast ratio and relative luminance.
"""

from collections.abc import Iterable
from typing import Final

#: For text of any size (level AA).
READABLE: Final = 4.5
_STEPS: Final = 100


def contrast_ratio(color: str, background: str) -> float:
    """Tell the contrast of two colours, 1 to 21; each is ``#`` and six hex digits."""
    lights = sorted((_luminance(color), _luminance(background)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def find_readable(color: str, backgrounds: Iterable[str]) -> str:
    """Find the colour nearest to one that is read on all of some backgrounds.

    It is the colour itself where that will do, else one mixed with as little black or white as
    is needed; black or white where nothing less helps.
    """
    on = tuple(backgrounds)
    for step in range(_STEPS + 1):
        for end in ("#000000", "#ffffff"):
            mixed = mix(color, end, step / _STEPS)
            if all(contrast_ratio(mixed, each) >= READABLE for each in on):
                return mixed
    return max(("#000000", "#ffffff"), key=lambda end: min(contrast_ratio(end, b) for b in on))


def mix(color: str, other: str, share: float) -> str:
    """Mix two colours; `share` is how much of the other there is, 0 to 1."""
    pairs = zip(_channels(color), _channels(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)


def _luminance(color: str) -> float:
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in _channels(color))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
