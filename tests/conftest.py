"""What holds for every test: no settings from outside come in, and in CI nothing is skipped."""

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

# Databases for whichever folder asks; imported, since a server for the run must be one only.
from tests.databases import (  # noqa: F401 - fixtures are asked for by name
    connection,
    database,
    database_kind,
    database_settings,
    database_url,
    empty_database_url,
    empty_server_url,
    postgresql_server,
    postgresql_url,
    sqlite_database,
    sqlite_template,
)

# How long an example takes is the machine's affair.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

# Where it is set, each process that a test starts would compile the whole program again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forbid the settings of a real newsletter to lead a test elsewhere."""
    for name in os.environ:
        if name.startswith("NEWSLETTER_"):
            monkeypatch.delenv(name)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let a test run on the databases that it, or else its module, is marked with."""
    mark = metafunc.definition.get_closest_marker("databases")
    if mark and "database_kind" in metafunc.fixturenames:
        metafunc.parametrize("database_kind", mark.args, indirect=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Call a skipped test failed in CI, where everything a test needs is installed."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which CI does not take: {report.longrepr}"
    return report
