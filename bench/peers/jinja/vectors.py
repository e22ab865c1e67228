"""
Which of the vectors of @huggingface/jinja Jinja2 renders differently, and how: the golden file of the tests.

    /usr/bin/python3 vectors.py syntax_cases.json > vectors.json

Only those are listed, by name, with Jinja2's text or null where it fails.
"""

import json
import pathlib
import sys

from environment import environment


def render(template, context):
    try:
        return environment().from_string(template).render(**context)
    except Exception:
        return None


# What the vectors' own harness hands over as functions.
FUNCTIONS = {
    "NUMBERS": {"add": lambda x, y: x + y},
    "FUNCTIONS": {"func": lambda *args: len(args)},
    "OBJ_METHODS": {"obj": {"x": lambda *args: "".join(args), "z": {"A": lambda *args: "_".join(args)}}},
    "IS_OPERATOR_4": {"func": lambda: None},
}

cases = json.loads(pathlib.Path(sys.argv[1]).read_text())
for case in cases:
    case["context"].update(FUNCTIONS.get(case["name"], {}))
texts = {c["name"]: (render(c["template"], c["context"]), c["expected"]) for c in cases}
rows = [f"  {json.dumps(name)}: {json.dumps(text, ensure_ascii=False)}" for name, (text, expected) in texts.items() if text != expected]
print("{\n" + ",\n".join(rows) + "\n}")
