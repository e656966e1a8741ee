"""Charts as numbers for SVG: where bars and lines go; the template draws them.

Coordinates are those of a picture `WIDTH` by `HEIGHT` that a page scales as it likes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from newsletter.usecases.show_growth import Stretch

WIDTH: Final = 720
HEIGHT: Final = 240
_LEFT: Final = 64
_RIGHT: Final = 8
_TOP: Final = 16
_BOTTOM: Final = 30
#: From a line to the foot of the number beside it.
AXIS_DROP: Final = 6
#: Of a step's width; the rest is the gap to the next bar.
_BAR: Final = 0.62
#: More labels than this would touch each other.
_MOST_LABELS: Final = 13


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a place."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class GrowthChart:
    """Two pictures over one axis of time: how many there were; who came and who left."""

    #: A line, as SVG's ``points``, and the same closed to an area.
    line: str
    area: str
    totals: tuple[Label, ...]
    came: tuple[Bar, ...]
    left: tuple[Bar, ...]
    #: The height at which nobody came or left.
    zero_y: float
    changes: tuple[Label, ...]
    days: tuple[Label, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left_edge: int = _LEFT
    right_edge: int = WIDTH - _RIGHT
    axis_drop: int = AXIS_DROP


def draw_growth(stretches: Sequence[Stretch]) -> GrowthChart:
    """Place the growth of an audience.

    Args:
        stretches: One or more, the oldest first.
    """
    step = (WIDTH - _LEFT - _RIGHT) / len(stretches)
    middles = [_LEFT + step * (place + 0.5) for place in range(len(stretches))]
    most = _round_up(max(each.total for each in stretches))
    points = [
        f"{x:.1f},{_place(each.total, 0, most):.1f}"
        for x, each in zip(middles, stretches, strict=True)
    ]
    bottom = HEIGHT - _BOTTOM
    most_came = _round_up(max(each.came for each in stretches))
    most_left = max(each.left for each in stretches)
    least = -_round_up(most_left) if most_left else 0
    zero_y = _place(0, least, most_came)

    def bar(x: float, count: int) -> Bar:
        y = _place(count, least, most_came)
        return Bar(
            round(x - step * _BAR / 2, 1),
            round(min(y, zero_y), 1),
            round(step * _BAR, 1),
            round(abs(zero_y - y), 1),
        )

    every = -(-len(stretches) // _MOST_LABELS)
    return GrowthChart(
        line=" ".join(points),
        area=f"{middles[0]:.1f},{bottom} {' '.join(points)} {middles[-1]:.1f},{bottom}",
        totals=_label_axis(0, most),
        came=tuple(bar(x, each.came) for x, each in zip(middles, stretches, strict=True)),
        left=tuple(bar(x, -each.left) for x, each in zip(middles, stretches, strict=True)),
        zero_y=round(zero_y, 1),
        changes=_label_axis(least, most_came),
        days=tuple(
            Label(round(x, 1), HEIGHT - 5, f"{each.begins_on:%m-%d}"[: 5 if every > 1 else 2])
            for x, each in list(zip(middles, stretches, strict=True))[::every]
        ),
    )


def _place(value: float, least: float, most: float) -> float:
    """Find the height of a value between the edges of the picture."""
    share = (value - least) / ((most - least) or 1)
    return HEIGHT - _BOTTOM - share * (HEIGHT - _BOTTOM - _TOP)


def _label_axis(least: int, most: int) -> tuple[Label, ...]:
    values = sorted({least, 0, most} if least else {0, most // 2, most})
    return tuple(
        Label(_LEFT - 8, round(_place(value, least, most) + AXIS_DROP, 1), _shorten(abs(value)))
        for value in values
    )


def _shorten(value: int) -> str:
    """Write a number in few letters; the table has it whole."""
    return f"{value / 1000:g}k" if value >= 10_000 else f"{value:,}"


def _round_up(value: int) -> int:
    """Find the next number that begins with 1, 2 or 5 and goes on with zeros; 1 for none."""
    size = 1
    while size * 10 < value:
        size *= 10
    return next((size * each for each in (1, 2, 5, 10) if size * each >= value), 1)
