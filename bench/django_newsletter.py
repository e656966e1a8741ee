"""django-newsletter, the peer in Python, sending the same page to as many people.

It runs on an interpreter that has the package, and knows nothing of ours. Its people and its
record are in SQLite's memory, which spares it the disk.

Usage: PYTHON bench/django_newsletter.py PORT MESSAGES HTML_FILE
"""

# It runs on another interpreter, whose packages are not here.
# mypy: ignore-errors

import secrets
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

_APPS = ("contenttypes", "auth", "sites", "messages")


def set_up(port: int) -> None:
    """Make a site with the package's own tables and templates."""
    settings.configure(
        INSTALLED_APPS=[
            *(f"django.contrib.{app}" for app in _APPS),
            "sorl.thumbnail",
            "newsletter",
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        NEWSLETTER_USE_HTTPS=True,
        NEWSLETTER_THUMBNAIL="sorl-thumbnail",
        ROOT_URLCONF="newsletter.urls",
        SECRET_KEY=secrets.token_hex(),
        SITE_ID=1,
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
        ],
        USE_TZ=True,
    )
    django.setup()
    call_command("migrate", verbosity=0)


def send(count: int, page: str) -> None:
    """Send one message to so many subscribers, as its scheduled job does."""
    from django.contrib.sites.models import Site
    from newsletter.models import Article, Message, Newsletter, Submission, Subscription

    weekly = Newsletter.objects.create(
        title="Bench", slug="bench", email="bench@example.org", sender="Bench"
    )
    weekly.site.set(Site.objects.all())
    people = [
        Subscription(
            newsletter=weekly,
            name_field=f"Reader {n}",
            email_field=f"reader{n}@example.org",
            subscribed=True,
        )
        for n in range(count)
    ]
    Subscription.objects.bulk_create(people)
    message = Message.objects.create(newsletter=weekly, title="An issue", slug="an-issue")
    Article.objects.create(post=message, title="An issue", text=page, sortorder=1)
    submission = Submission.from_message(message)
    submission.prepared = True
    submission.save()
    Submission.submit_queue()


def main() -> None:
    """Send them all."""
    port, count, file = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    set_up(port)
    send(count, file.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
