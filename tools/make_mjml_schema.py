"""Write newsletter/rendering/mjml_schema.json: which MJML elements, attributes and values exist.

    .venv/bin/python tools/make_mjml_schema.py DUMP > newsletter/rendering/mjml_schema.json

DUMP is JSON made from the npm package mjml: ``components`` (element → ``attrs``: attribute → type,
as its components declare in ``allowedAttributes``) and ``dependencies`` (element → elements allowed
in it, as mjml-preset-core declares). Only these facts are kept, and what they do not say is added.
"""

import json
import sys
from pathlib import Path

SOURCE = "npm mjml 5.4.1, MIT; see mjml_schema.LICENSE"
#: Every element of the body takes these; the components do not declare them.
COMMON = {"css-class": "string", "mj-class": "string"}
#: Declared in the code of mjml, not in its components.
ROOT = {"lang": "string", "dir": "enum(ltr,rtl,auto)"}


def build_schema(dump: dict[str, dict[str, object]]) -> dict[str, object]:
    """Keep types and allowed children; leave defaults away."""
    attributes: dict[str, dict[str, str]] = {"mjml": ROOT}
    for name, component in dump["components"].items():
        declared = component["attrs"]  # type: ignore[index]  # JSON has no types
        is_in_head = name in dump["dependencies"]["mj-head"] or name == "mj-head"  # type: ignore[operator]
        attributes[name] = dict(declared) if is_in_head and name != "mj-raw" else declared | COMMON
    children = {
        name: sorted(allowed)  # type: ignore[call-overload]
        for name, allowed in dump["dependencies"].items()
        if name != "mj-attributes"  # takes every element
    }
    return {"source": SOURCE, "attributes": attributes, "children": children}


if __name__ == "__main__":
    schema = build_schema(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    json.dump(schema, sys.stdout, indent=1, sort_keys=True)
    print()
