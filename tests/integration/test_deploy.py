"""What `deploy/` holds is right as far as that can be seen without a machine to deploy it on."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from compose_spec import PyCompose, PyOptions

from newsletter.cli import run

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DOCKERFILE = DEPLOY / "container" / "Dockerfile"
COMPOSE = DEPLOY / "container" / "compose.yaml"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
PROGRAM = "/opt/newsletter/bin/newsletter"
#: Exposure, in tenths, that systemd calls fit for a service on the network.
MOST_EXPOSURE = 20


def read_compose() -> str:
    """Read the compose file as the engine does that nobody told anything."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", COMPOSE.read_text(encoding="utf-8"))


def parse_compose(text: str) -> PyCompose:
    """Read a compose file by the specification.

    Raises:
        ValueError: It does not keep to it, or something it names is missing.
    """
    options = PyOptions()
    options.apply_merge = True
    found = options.from_yaml(text)
    found.validate()
    return found


def list_instructions() -> Iterator[tuple[str, str]]:
    """List the Dockerfile's instructions, each on one line; its stages begin with FROM."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        name, _, rest = line.partition(" ")
        if name:
            yield name, rest


def list_commands() -> Iterator[list[str]]:
    """List what units and containers call `newsletter` with."""
    for unit in UNITS:
        found = re.search(rf"^ExecStart={PROGRAM} (.*)$", unit.read_text("utf-8"), re.MULTILINE)
        assert found
        yield shlex.split(found[1])
    for name, rest in list_instructions():
        if name == "CMD":
            yield yaml.safe_load(rest)
    for name, service in yaml.safe_load(read_compose())["services"].items():
        if name != "database":
            yield service["command"]


@pytest.mark.parametrize("arguments", list(list_commands()), ids=" ".join)
def test_units_and_containers_call_what_there_is(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """With options that the command knows: it parses them before it helps."""
    code = run([*arguments, "--help"])

    assert code == 0, capsys.readouterr().err


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_right_and_shuts_the_program_in(unit: Path, tmp_path: Path) -> None:
    """Whoever breaks into the program reaches the newsletter, and nothing else."""
    copy = tmp_path / unit.name.replace("@", "@1")
    copy.write_text(unit.read_text("utf-8").replace(PROGRAM, sys.executable), encoding="utf-8")

    verified = subprocess.run(
        ["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False
    )
    judged = subprocess.run(
        [
            "systemd-analyze",
            "security",
            "--offline=true",
            f"--threshold={MOST_EXPOSURE}",
            str(unit),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert verified.stdout + verified.stderr == ""
    assert judged.returncode == 0, judged.stdout[-200:]


def test_the_web_servers_in_front_log_no_paths() -> None:
    """Tokens are in them: neither of a request that was answered, nor of one that failed."""
    nginx = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    caddy = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")

    sites = re.split(r"^server \{$", nginx, flags=re.MULTILINE)[1:]
    assert [site.count("    access_log off;\n") for site in sites] == [1, 1]
    assert re.search(r"^    error_log \S+ crit;$", sites[1], re.MULTILINE)
    assert "exclude http.log.error" in caddy


def test_the_dockerfile_keeps_to_good_practice() -> None:
    """Hadolint finds nothing."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "hadolint"), str(DOCKERFILE)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout + done.stderr == ""


def test_the_image_gets_what_it_copies() -> None:
    """All of it is in git, and let in by the list of what may be looked at."""
    copied = [
        source
        for name, rest in list_instructions()
        if name == "COPY" and "--from" not in rest
        for source in rest.split()[:-1]
    ]
    admitted = re.findall(
        r"^!(\S+)", (DOCKERFILE.parent / "Dockerfile.dockerignore").read_text(), re.MULTILINE
    )

    tracked = subprocess.run(
        ["git", "ls-files", *copied], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()

    assert {
        source for source in copied if not any(file.startswith(source) for file in tracked)
    } == set()
    assert {source.partition("/")[0] for source in copied} == set(admitted)


@pytest.mark.skipif(not os.environ.get("CI"), reason="installs everything anew: in CI only")
def test_the_image_can_be_built_in_a_plain_folder(tmp_path: Path) -> None:
    """Its first stage does the same here, and what it makes runs."""
    source = tmp_path / "source"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", "build", "demo", "dist"))
    (tmp_path / "opt").mkdir()
    instructions = list(list_instructions())
    second = [name for name, _ in instructions].index("FROM", 1)
    commands = [
        rest.replace("/opt/", f"{tmp_path}/opt/").replace(
            "python -m venv", f"{sys.executable} -m venv"
        )
        for name, rest in instructions[:second]
        if name == "RUN"
    ]

    for command in commands:
        subprocess.run(["sh", "-euc", command], cwd=source, check=True)
    version = subprocess.run(
        [f"{tmp_path}/opt/newsletter/bin/newsletter", "--version"], capture_output=True, check=True
    )

    assert len(commands) == 3
    assert version.stdout.startswith(b"newsletter-press ")


def test_the_compose_file_keeps_to_the_specification() -> None:
    """Each secret, network and volume that a service names is there."""
    services = parse_compose(read_compose()).services or {}

    assert sorted(services) == ["database", "upgrade", "web", "worker"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("networks: [inside, outside]", "networks: [inside, elsewhere]"),
        ("condition: service_healthy", "condition: service_well"),
        ("stop_grace_period: 60s", "stop_grace_period: soon"),
        ("secrets: [database-password]", "secrets: [another]"),
    ],
)
def test_a_compose_file_that_does_not_is_seen(right: str, wrong: str) -> None:
    """Else the test before this one would show nothing."""
    text = read_compose()
    assert right in text

    with pytest.raises(ValueError, match=r"."):
        parse_compose(text.replace(right, wrong))
