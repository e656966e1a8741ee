"""`newsletter archive` and `newsletter embed`, as their user types them."""

import pytest

from tests.acceptance.weekly import SLUG, Weekly


class TestArchive:
    """The archive as files."""

    def test_a_sent_issue_is_written_once(self, weekly: Weekly) -> None:
        """The second build finds nothing to do, and both say the same files."""
        weekly.send("--json")
        folder = weekly.folder / "public"

        first = weekly.run("archive", "build", str(folder), "--json")
        second = weekly.run("archive", "build", str(folder), "--json")

        assert (first.code, second.code) == (0, 0)
        assert first.document["files"] == second.document["files"]
        assert (first.document["changed"], second.document["changed"]) == (
            len(first.document["files"]),
            0,
        )
        page = folder / "archive" / SLUG / "index.html"
        assert "Dear reader," in page.read_text(encoding="utf-8")

    def test_a_folder_that_cannot_be_written_is_told(self, weekly: Weekly) -> None:
        """With its name, and without a traceback."""
        (weekly.folder / "public").write_text("in the way")

        told = weekly.run("archive", "build", str(weekly.folder / "public"))

        assert told.code == 1
        assert "cannot be written" in told.err


class TestEmbed:
    """The form for other sites."""

    def test_the_plain_form_posts_to_us(self, weekly: Weekly) -> None:
        """In the language that was asked for, with the words of consent."""
        told = weekly.run("embed", "--language", "ko")

        assert told.code == 0
        assert '<form method="post" action="https://example.org/subscribe"' in told.out
        assert '<input name="email" type="email"' in told.out
        assert "이메일 주소" in told.out

    def test_a_frame_needs_a_site_that_may_show_it(self, weekly: Weekly) -> None:
        """Browsers would show an empty frame anywhere else."""
        refused = weekly.run("embed", "--iframe")
        with (weekly.folder / "newsletter.toml").open("a", encoding="utf-8") as stream:
            stream.write('\n[web]\nembed_origins = ["https://blog.example.org"]\n')
        shown = weekly.run("embed", "--iframe")

        assert refused.code == 6
        assert "embed_origins" in refused.err
        assert shown.code == 0
        assert '<iframe src="https://example.org/embed?lang=en"' in shown.out

    @pytest.mark.parametrize("options", [("--html", "--iframe"), ("--language", "tlh")])
    def test_what_cannot_be_is_told(self, weekly: Weekly, options: tuple[str, ...]) -> None:
        """A usage error, with the choices."""
        assert weekly.run("embed", *options).code == 2
