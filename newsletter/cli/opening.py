"""From the folder a command was called in to an open installation and a loaded issue."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

    from newsletter.issues.issue import Issue
    from newsletter.settings import Settings
    from newsletter.usecases.installation import Installation


def load_settings_of(context: typer.Context) -> Settings:
    """Load the settings of the folder given by -C, or of the current one or a parent of it."""
    from newsletter.settings import find_settings_file, load_settings

    return load_settings(find_settings_file(folder_of(context)))


def open_installation_of(
    context: typer.Context, settings: Settings | None = None, *, counts: bool = False
) -> Installation:
    """Open the newsletter of that folder, or of these settings, until the command ends.

    Args:
        context: Of the command.
        settings: Read before; None for those of the folder.
        counts: Whether metrics are kept, for `figures_shown`.
    """
    from newsletter.bootstrap import open_installation

    metrics = None
    if counts:
        from newsletter.metrics.prometheus import PrometheusMetrics

        metrics = PrometheusMetrics()
    installation = open_installation(settings or load_settings_of(context), metrics)
    context.call_on_close(installation.database.close)
    return installation


def folder_of(context: typer.Context) -> Path:
    """Tell the folder given by -C, else the current one."""
    folder: Path = context.find_root().obj
    return folder


def load_issue_named(settings: Settings, name: str) -> Issue:
    """Load an issue by its path or slug."""
    from newsletter.issues.folder import find_issue
    from newsletter.issues.load import load_issue

    return load_issue(find_issue(settings.folder, name), newsletter=settings.newsletter)
