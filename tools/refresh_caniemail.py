"""Make newsletter/checks/caniemail.json anew: what mail clients support, by the npm package.

    make caniemail        # needs npm

The package carries everything that was ever tested; kept is the newest version of each client, and
for each feature the *signs* by which `newsletter.checks.signs` sees it in a page: ``property:gap``,
``element:video``. A feature whose title the rules below do not understand stops the script, so
that nothing drops out unnoticed.
"""

import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

PACKAGE = "caniemail@2"
ROOM = Path(__file__).parents[1] / "newsletter" / "checks"

#: A client that was asked about fewer features is left out: its silence says nothing.
_FEATURES_ASKED = 250

#: No page of ours can show whether it uses them.
_INVISIBLE = {"amp", "bimi", "image-apng", "image-hdr"}

_EDGES = ("start", "end")
#: Features whose title does not name what a page holds.
_SIGNS: dict[str, list[str]] = {
    "css-at-media-device-pixel-ratio": ["media:device-pixel-ratio"],
    "css-at-media-hover": ["media:hover"],
    "css-at-media-orientation": ["media:orientation"],
    "css-at-media-prefers-color-scheme": ["media:prefers-color-scheme"],
    "css-at-media-prefers-reduced-motion": ["media:prefers-reduced-motion"],
    "css-block-inline-size": ["property:block-size"],
    "css-border-inline-block": ["property:border-inline", "property:border-block"],
    "css-border-inline-block-individual": [
        f"property:border-{axis}-{edge}" for axis in ("inline", "block") for edge in _EDGES
    ],
    "css-border-inline-block-longhand": [
        f"property:border-{axis}-{part}"
        for axis in ("inline", "block")
        for part in ("width", "style", "color")
    ],
    "css-border-radius-logical": [
        f"property:border-{block}-{inline}-radius" for block in _EDGES for inline in _EDGES
    ],
    "css-color-scheme": ["property:color-scheme"],
    "css-column-layout-properties": [
        f"property:{name}"
        for name in ("columns", "column-width", "column-rule", "column-fill", "column-span")
    ],
    "css-comments": ["css-comment:"],
    "css-flex-direction": ["declaration:flex-direction=column"],
    "css-gap": ["property:gap", "property:column-gap", "property:row-gap"],
    "css-grid-template": [
        f"property:grid-template{end}" for end in ("", "-columns", "-rows", "-areas")
    ],
    "css-important": ["important:"],
    "css-inert-attribute": ["attribute:inert"],
    "css-intrinsic-size": [f"word:{end}-content" for end in ("fit", "min", "max")],
    "css-left-right-top-bottom": [
        f"property:{side}" for side in ("left", "right", "top", "bottom")
    ],
    "css-margin-block-start-end": [f"property:margin-block-{edge}" for edge in _EDGES],
    "css-margin-inline-block": ["property:margin-inline", "property:margin-block"],
    "css-margin-inline-start-end": [f"property:margin-inline-{edge}" for edge in _EDGES],
    "css-modern-color": [f"function:{name}" for name in ("lch", "oklch", "lab", "oklab")],
    "css-nesting": ["nesting:"],
    "css-padding-block-start-end": [f"property:padding-block-{edge}" for edge in _EDGES],
    "css-padding-inline-block": ["property:padding-inline", "property:padding-block"],
    "css-padding-inline-start-end": [f"property:padding-inline-{edge}" for edge in _EDGES],
    "css-pseudo-class-lang": ["pseudo:lang"],
    "css-scroll-snap": ["property:scroll-snap-type", "property:scroll-snap-align"],
    "css-selector-adjacent-sibling": ["selector:+"],
    "css-selector-attribute": ["selector:[]"],
    "css-selector-chaining": ["selector:chain"],
    "css-selector-child": ["selector:>"],
    "css-selector-class": ["selector:."],
    "css-selector-descendant": ["selector:space"],
    "css-selector-general-sibling": ["selector:~"],
    "css-selector-grouping": ["selector:,"],
    "css-selector-id": ["selector:#"],
    "css-selector-type": ["selector:type"],
    "css-selector-universal": ["selector:*"],
    "css-sytem-ui": [
        "word:system-ui",
        *(f"word:ui-{kind}" for kind in ("serif", "sans-serif", "rounded", "monospace")),
    ],
    "css-unit-calc": ["function:calc"],
    "css-unit-initial": ["word:initial"],
    "css-unit-percent": ["unit:%"],
    "css-variables": ["function:var"],
    "html-address": ["element:address"],
    "html-anchor-links": ["anchor:"],
    "html-comments": ["comment:"],
    "html-doctype": ["doctype:"],
    "html-h1-h6": [f"element:h{level}" for level in range(1, 7)],
    "html-image-maps": ["element:map"],
    "html-lists": ["element:ul", "element:ol", "element:dl"],
    "html-mailto-links": ["mailto:"],
    "html-meta-color-scheme": ["meta:color-scheme"],
    "html-semantics": [
        f"element:{name}"
        for name in (
            *("article", "aside", "details", "figcaption", "figure", "footer", "header"),
            *("main", "mark", "nav", "section", "summary", "time"),
        )
    ],
    "html-srcset": ["attribute:srcset", "attribute:sizes"],
    "html-svg": ["element:svg"],
    "image-jpg": ["image:jpg", "image:jpeg"],
    "image-tiff": ["image:tif", "image:tiff"],
}

#: Pattern of a title → the sign it stands for; the first that fits.
_TITLES = (
    (r"@([\w-]+)", "at-rule:{}"),
    (r"::?([\w-]+)(?:\(\))?", "pseudo:{}"),
    (r"([a-z-]+)\(\)", "function:{}"),
    (r"([a-z-]+): ?([a-z-]+)", "declaration:{}={}"),
    (r"(\S+) unit", "unit:{}"),
    (r'<(?:input|button) type="(\w+)"> element', "input:{}"),
    (r"<(\w+)>(?: element)?", "element:{}"),
    (r"([\w-]+) attribute", "attribute:{}"),
)
_PROPERTY = re.compile(r"([a-z-]+)(?: (?:shorthand|property))?")


def main() -> None:
    """Fetch the package and write the snapshot and its licence."""
    with tempfile.TemporaryDirectory() as folder:
        package = _fetch(Path(folder))
        data = json.loads((package / "data" / "caniemail.json").read_text("utf-8"))
        version = json.loads((package / "package.json").read_text("utf-8"))["version"]
    snapshot = build_snapshot(data, version)
    lines = [json.dumps(snapshot["about"], ensure_ascii=False)]
    lines += [json.dumps(feature, ensure_ascii=False) for feature in snapshot["features"]]
    text = '{"about": ' + lines[0] + ',\n"features": [\n' + ",\n".join(lines[1:]) + "\n]}\n"
    file = ROOM / "caniemail.json"
    file.write_text(text, "utf-8")
    print(f"{file.name}: {len(lines) - 1} features, {len(text.encode()):,} bytes, of", end=" ")
    print(snapshot["about"]["updated_on"])
    print("If their words changed, take over the notices in caniemail.LICENSE too.")


def _fetch(folder: Path) -> Path:
    """Have npm put the package into a folder."""
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True)  # noqa: S607
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / "package"


def build_snapshot(data: dict[str, Any], version: str) -> dict[str, Any]:
    """Keep what is asked of each feature: signs, and the newest answer of each client."""
    features = [each for each in data["data"] if each["slug"] not in _INVISIBLE]
    clients = _list_clients(features)
    return {
        "about": {
            "source": f"caniemail {version}, data of caniemail.com",
            "updated_on": data["last_update_date"][:10],
            "clients": {client: _name(client, data["nicenames"]) for client in clients},
        },
        "features": [_shorten(each, clients) for each in features],
    }


def _list_clients(features: list[dict[str, Any]]) -> list[str]:
    asked: dict[str, int] = {}
    for feature in features:
        for family, platforms in feature["stats"].items():
            for platform in platforms:
                client = f"{family}.{platform}"
                asked[client] = asked.get(client, 0) + 1
    return sorted(client for client, count in asked.items() if count >= _FEATURES_ASKED)


def _name(client: str, names: dict[str, dict[str, str]]) -> str:
    family, platform = client.split(".")
    return f"{names['family'][family]} {names['platform'][platform]}"


def _shorten(feature: dict[str, Any], clients: list[str]) -> dict[str, Any]:
    """Write one letter for each client (y, n, a for partly, u for unknown), and its notes."""
    letters, notes = "", {}
    for client in clients:
        family, platform = client.split(".")
        versions = feature["stats"].get(family, {}).get(platform) or {"0": "u"}
        answer = versions[max(versions, key=_order)]
        letters += answer[0]
        if answer[0] == "a" and (numbers := re.findall(r"#(\d+)", answer)):
            notes[client] = [int(number) for number in numbers]
    words = feature.get("notes_by_num") or {}
    used = sorted({number for numbers in notes.values() for number in numbers})
    return {
        "slug": feature["slug"],
        "title": feature["title"].strip(),
        "signs": _list_signs(feature),
        "support": letters,
        **(
            {"notes": {str(n): words[str(n)].strip() for n in used if str(n) in words}}
            if used
            else {}
        ),
        **({"noted": notes} if notes else {}),
    }


def _order(version: str) -> tuple[bool, list[int]]:
    """Sort versions by number; of a client that went from years to numbers, numbers are newer."""
    numbers = [int(number) for number in re.findall(r"\d+", version)] or [0]
    return numbers[0] < 1900, numbers


def _list_signs(feature: dict[str, Any]) -> list[str]:
    slug, title = feature["slug"], feature["title"].strip()
    if slug in _SIGNS:
        return _SIGNS[slug]
    if feature["category"] == "image":
        return [f"image:{slug.removeprefix('image-')}"]
    for pattern, sign in _TITLES:
        if found := re.fullmatch(pattern, title):
            return [sign.format(*found.groups())]
    if feature["category"] == "css" and (found := _PROPERTY.fullmatch(title)):
        return [f"property:{found[1]}"]
    sys.exit(f"{slug}: no rule tells how {title!r} is seen in a page; add it to _SIGNS")


if __name__ == "__main__":
    main()
