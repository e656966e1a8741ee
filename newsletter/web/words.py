"""Texts that stand in the code and not in a template: marked here, translated where shown."""


def N_(text: str) -> str:  # noqa: N802 - the name that gettext's tools look for
    """Mark a text to be translated."""
    return text
