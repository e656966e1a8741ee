"""What became of an issue as one HTML page that needs no other file and loads nothing."""

from newsletter.usecases.installation import Installation
from newsletter.usecases.report_issue import IssueReport
from newsletter.web.assets import Assets
from newsletter.web.desk.issues import describe_report
from newsletter.web.desk.words import WORDS, tell_moment
from newsletter.web.languages import find_language
from newsletter.web.pages import Pages


def build_report_page(installation: Installation, report: IssueReport) -> str:
    """Build the page, in the newsletter's language where the pages speak it, else in English."""
    settings = installation.settings
    assets = Assets(settings.brand)
    styles = [assets.find(assets.names[name]) for name in ("site.css", "desk.css")]
    return Pages(settings).render(
        "desk/report_file.html",
        language=find_language(settings.newsletter.language) or "en",
        # It stands alone: nothing in it leads anywhere.
        path=lambda path: path,
        variables={
            "words": WORDS,
            "when": tell_moment,
            "stamp": "",
            "style": "\n".join(each.content.decode() for each in styles if each),
            **describe_report(report),
        },
    )
