"""Charts of growth: every number has its place, and nothing is drawn outside of the picture."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from newsletter.usecases.show_growth import Stretch
from newsletter.web.desk.chart import draw_growth

COUNTS = st.integers(min_value=0, max_value=10_000_000)
STRETCHES = st.lists(st.tuples(COUNTS, COUNTS, COUNTS), min_size=1, max_size=26).map(
    lambda rows: tuple(
        Stretch(
            begins_on=date(2026, 1, 5) + timedelta(weeks=week), came=came, left=left, total=total
        )
        for week, (came, left, total) in enumerate(rows)
    )
)


@given(STRETCHES)
def test_everything_is_inside_of_the_picture(stretches: tuple[Stretch, ...]) -> None:
    """Also for one week, for nobody, and for millions."""
    chart = draw_growth(stretches)

    points = [tuple(map(float, point.split(","))) for point in chart.line.split()]
    assert len(points) == len(chart.came) == len(chart.left) == len(stretches)
    assert all(0 <= x <= chart.width and 0 <= y <= chart.height for x, y in points)
    for bar in (*chart.came, *chart.left):
        assert bar.height >= 0
        assert 0 <= bar.y <= bar.y + bar.height <= chart.height
        assert chart.left_edge <= bar.x <= bar.x + bar.width <= chart.width


def test_bars_stand_on_the_line_and_hang_from_it() -> None:
    """Who came is above, who left is below, in one scale."""
    begins_on = date(2026, 1, 1)

    chart = draw_growth([Stretch(begins_on=begins_on, came=100, left=50, total=50)])

    [came], [left] = chart.came, chart.left
    assert came.y + came.height == left.y == chart.zero_y
    assert abs(came.height - 2 * left.height) < 0.2
    assert [label.text for label in chart.changes] == ["50", "0", "100"]
