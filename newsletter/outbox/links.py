"""The links in system messages; the pages answer at the same paths."""

from newsletter.settings import NewsletterSettings


def confirm_url(newsletter: NewsletterSettings, token: str) -> str:
    """Where a sign-up or a new address is confirmed: GET shows the button, POST confirms."""
    return f"{newsletter.base_url}/confirm/{token}"


def disown_url(newsletter: NewsletterSettings, token: str) -> str:
    """Where "this was not me" is said: GET shows the button, POST blocks.

    It is also the List-Unsubscribe of a confirmation, so that its POST takes no cookie and is
    answered without a redirect (RFC 8058 section 3.1).
    """
    return f"{newsletter.base_url}/confirm/{token}/not-me"


def preferences_url(newsletter: NewsletterSettings, token: str = "") -> str:
    """Where a reader sees his data; without a token, where he asks for the link."""
    return f"{newsletter.base_url}/preferences{f'/{token}' if token else ''}"


def unsubscribe_url(newsletter: NewsletterSettings, token: str) -> str:
    """Where a subscription ends, by page and by one click."""
    return f"{newsletter.base_url}/u/{token}"
