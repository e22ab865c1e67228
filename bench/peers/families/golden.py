#!/usr/bin/env python3
"""What a test needs to know of the logits of a Hugging Face directory, as one JSON object on standard output.

    python3 -I bench/peers/families/golden.py DIRECTORY TOKENS --rows 9,19,39 [--context N]

TOKENS is a file of ids separated by commas. "logits" holds the given rows as little-endian float32 in base64, "largest" and
"deviation" speak of all rows, and "without" says for every feature of the model how far the logits move at most, in all rows,
when it is left out.
"""
import argparse
import base64
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import torch

from families import describe, features
from logits import run


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("tokens", type=Path)
    parser.add_argument("--rows", required=True)
    parser.add_argument("--context", type=int)
    options = parser.parse_args()
    torch.set_num_threads(1)

    config = json.loads((options.directory / "config.json").read_text())
    tokens = [int(t) for t in options.tokens.read_text().split(",")]
    kept = [int(r) for r in options.rows.split(",")]
    # Of a long text, only the rows from the first that is kept.
    span = f"last:{len(tokens) - kept[0]}" if len(tokens) > 1000 else "all"
    logits = run(config, options.directory, tokens, options.context, rows=span)
    first = len(tokens) - len(logits)
    without = {feature: (run(config, options.directory, tokens, options.context, feature=feature, rows=span) - logits).abs().max().item()
               for feature in features(describe(config))}
    rows = logits[[r - first for r in kept]].to(torch.float32).numpy().astype("<f4").tobytes()
    print(json.dumps({
        "torch": torch.__version__,
        "largest": logits.abs().max().item(),
        "deviation": logits.std().item(),
        "without": without,
        "logits": base64.b64encode(rows).decode(),
    }))


main()
