"""Whatever an issue holds, checking it ends."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.checked import check_text

#: Between spaces; a space and line ends come besides.
MARKUP = (
    "[ ]( ) ![ < > {{ }} # - > ` | --- * http:// https://a.example/ 를 www. mailto: <table> </b>"
    " <b style='color: [^1] &#0; {% if %} TODO: \\ \" ' a 가 \u202e \x1f #s1"
)
PIECES = st.sampled_from([*MARKUP.split(" "), " ", "\n", "\n\n"])


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(PIECES | st.text(max_size=5), max_size=60).map("".join))
def test_any_text_can_be_checked(tmp_path: Path, markdown: str) -> None:
    """A send that cannot be checked cannot be sent."""
    written = markdown.encode("utf-8", "replace").decode().replace("\0", " ")

    checked = check_text(tmp_path, written, rendering={"allow_html": True})

    assert all(finding.line >= 0 for finding in checked.findings)
