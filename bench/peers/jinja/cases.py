"""
Writes what Jinja2 makes of the templates in a table of cases into that table: "expected", or null where it fails.

    /usr/bin/python3 cases.py ../../../tests/Bantam.Tests/Golden/Templates/cases.json
"""

import copy
import json
import pathlib
import sys

from environment import environment


def render(template, context):
    try:
        return environment().from_string(template).render(**copy.deepcopy(context))
    except Exception:
        return None


path = pathlib.Path(sys.argv[1])
table = json.loads(path.read_text())
rows = [
    "  " + json.dumps({"template": case["template"], "expected": render(case["template"], table["context"])}, ensure_ascii=False)
    for case in table["cases"]
]
path.write_text('{"context": ' + json.dumps(table["context"], ensure_ascii=False) + ',\n"cases": [\n' + ",\n".join(rows) + "\n]}\n")
