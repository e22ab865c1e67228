"""
What every chat template makes of every conversation, as hashes: the golden file of the tests.

    TZ=UTC node render.mjs TEMPLATES CONVERSATIONS > npm.json
    /usr/bin/python3 matrix.py TEMPLATES CONVERSATIONS npm.json > renders.txt

One line per template: its name, then one field per conversation.

    3f…        first 16 hexadecimal digits of the SHA-256 of the text that Jinja2 gives, set up as transformers sets it up
    !3f…       the template refused by raise_exception; the hash is of its message
    -          it fails in another way
    …+         what Jinja2 gives with the additions of this library (see `extended`), because transformers fails or escapes
    …~         @huggingface/jinja gives something else, or fails where this does not
"""

import copy
import hashlib
import json
import pathlib
import sys

from jinja2.sandbox import SandboxedEnvironment
from jinja2.exceptions import TemplateError

import environment as strict


def extended():
    """
    Lists that the template made may change (append, pop), from_json is there, filters give lists where Jinja2 gives
    generators, safe escapes nothing that it is added to.
    """
    immutable = strict.environment()
    env = SandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[strict.Generation, "jinja2.ext.loopcontrols"])
    env.filters.update(immutable.filters)
    env.globals.update(immutable.globals)
    env.filters["from_json"] = json.loads
    env.filters["safe"] = str
    for name in ("map", "select", "reject", "selectattr", "rejectattr", "unique", "reverse"):
        env.filters[name] = as_list(env.filters[name])
    return env


def as_list(lazy):
    def eager(*arguments, **named):
        return list(lazy(*arguments, **named))

    if hasattr(lazy, "jinja_pass_arg"):
        eager.jinja_pass_arg = lazy.jinja_pass_arg
    return eager


def render(env, source, values):
    try:
        return "text", env.from_string(source).render(**copy.deepcopy(values))
    except TemplateError as error:
        return ("raised", error.message) if type(error) is TemplateError else ("error", f"{type(error).__name__}: {error}")
    except Exception as error:
        return "error", f"{type(error).__name__}: {error}"


def cell(source, values, npm):
    kind, text = render(strict.environment(), source, values)
    mark = ""
    if kind != "raised":
        other = render(extended(), source, values)
        if other != (kind, text) and other[0] != "error":
            (kind, text), mark = other, "+"
    if npm.get("text") != (text if kind == "text" else None):
        mark += "~"
    return kind, text, mark


def field(kind, text, mark):
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return {"text": digest, "raised": "!" + digest, "error": "-"}[kind] + mark


def main(folder, conversations, npm, full=None):
    conversations = json.loads(pathlib.Path(conversations).read_text())
    npm = json.loads(pathlib.Path(npm).read_text())
    whole = {}
    for path in sorted(pathlib.Path(folder).glob("*.jinja")):
        source = path.read_text()
        cells = [cell(source, c["values"], n) for c, n in zip(conversations, npm[path.name], strict=True)]
        whole[path.name] = cells
        print("\t".join([path.name, *(field(*c) for c in cells)]))
    if full:
        pathlib.Path(full).write_text(json.dumps(whole))


main(*sys.argv[1:])
