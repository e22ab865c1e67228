#!/usr/bin/env python3
"""An independent reference of the decoder families, in plain torch and double precision: the logits of a text, from a
Hugging Face directory (config.json with model.safetensors or its shards).

    python3 -I bench/peers/families/logits.py DIRECTORY --tokens 1,5,7 --out rows.f32
        [--context N] [--dtype float64|float32] [--without FEATURE] [--rows all|last:8]

Writes rows [T, V] of little-endian float32. Weights have the values that are stored (8-bit ones times their scale) and
activations are never rounded. --context is the length of text that the caller has in mind, by which dynamic and longrope
decide; without it, the number of tokens. --without leaves a feature out (see families.py): a test that does not notice is
blind. Written from the papers that the modules name; needs python3-torch and numpy.
"""
import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import torch

from decoder import logits
from families import describe, without
from weights import Weights


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--tokens", required=True)
    parser.add_argument("--context", type=int)
    parser.add_argument("--dtype", choices=("float64", "float32"), default="float64")
    parser.add_argument("--without", metavar="FEATURE")
    parser.add_argument("--rows", default="all")
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)

    config = json.loads((options.directory / "config.json").read_text())
    tokens = [int(t) for t in options.tokens.split(",")]
    rows = run(config, options.directory, tokens, options.context, getattr(torch, options.dtype), options.without, options.rows)
    options.out.write_bytes(rows.to(torch.float32).numpy().astype("<f4").tobytes())
    print(f"{rows.shape[0]} rows of {rows.shape[1]} logits, standard deviation {rows.std():.3f}", file=sys.stderr)


def run(config, directory, tokens, context=None, dtype=torch.float64, feature=None, rows="all"):
    """The logits of a directory as a tensor; the arguments are those of the command line."""
    model = describe(config)
    if feature:
        model = without(model, feature)
    count = len(tokens) if rows == "all" else int(rows.removeprefix("last:"))
    weights = Weights(directory, dtype, (config.get("quantization_config") or {}).get("weight_block_size"))
    out = logits(model, weights, tokens, context or len(tokens), max(0, len(tokens) - count))
    # Whatever the file has and the computation did not ask for would be a feature that this description misses.
    if not feature and (unread := weights.unread()):
        sys.exit(f"{len(unread)} tensors were not used, the first is {unread[0]}")
    return out


if __name__ == "__main__":
    main()
