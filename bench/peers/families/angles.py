#!/usr/bin/env python3
"""Prints how the heads of a model rotate, in double precision: one JSON object per distinct rotation of its layers, with
radians per position, the factor on sine and cosine, and the angles at the positions that are asked for (not reduced).

    python3 -I bench/peers/families/angles.py config.json [--context N] [--positions 9000,40000]

Standard library only.
"""
import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from families import describe


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path)
    parser.add_argument("--context", type=int, default=1)
    parser.add_argument("--positions", default="")
    options = parser.parse_args()

    model = describe(json.loads(options.config.read_text()))
    for rope in dict.fromkeys(r for r in model.ropes if r):
        frequencies, factor = rope.frequencies(options.context)
        print(json.dumps({
            "layers": [i for i, r in enumerate(model.ropes) if r == rope],
            "context": options.context,
            "attention_factor": factor,
            "inverse_frequencies": frequencies,
            "angles": {p: [int(p) * f for f in frequencies] for p in options.positions.split(",") if p},
        }))


main()
