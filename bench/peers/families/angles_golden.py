#!/usr/bin/env python3
"""Writes tests/Bantam.Tests/Golden/rope-angles.json: for a table of configurations, one per scaling of positions, the
frequencies and the factor in double precision, by rope.py.

    python3 -I bench/peers/families/angles_golden.py tests/Bantam.Tests/Golden/rope-angles.json

Standard library only.
"""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from families import describe

LLAMA = {"model_type": "llama", "hidden_size": 256, "num_hidden_layers": 1, "num_attention_heads": 4, "intermediate_size": 512,
         "vocab_size": 131, "max_position_embeddings": 131072, "rope_theta": 500000.0}
PHI = LLAMA | {"model_type": "phi3", "rope_theta": 10000.0, "original_max_position_embeddings": 4096,
               "rope_scaling": {"type": "longrope", "short_factor": [1 + i / 64 for i in range(32)], "long_factor": [1.25 + i * i / 16 for i in range(32)]}}
CASES = [
    ("plain", LLAMA, 1),
    ("llama3, as Llama 3.1", LLAMA | {"rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}}, 1),
    ("llama3, as Llama 3.2", LLAMA | {"rope_scaling": {"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}}, 1),
    ("linear", LLAMA | {"rope_scaling": {"type": "linear", "factor": 8.0}}, 1),
    ("dynamic, within", LLAMA | {"max_position_embeddings": 4096, "rope_scaling": {"type": "dynamic", "factor": 2.0}}, 4096),
    ("dynamic, beyond", LLAMA | {"max_position_embeddings": 4096, "rope_scaling": {"type": "dynamic", "factor": 2.0}}, 40960),
    ("yarn", LLAMA | {"rope_theta": 1000000.0, "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}}, 1),
    ("yarn, with bounds of its own", LLAMA | {"rope_scaling": {"rope_type": "yarn", "factor": 16.0, "original_max_position_embeddings": 8192, "beta_fast": 24, "beta_slow": 2, "truncate": False, "attention_factor": 1.125}}, 1),
    ("yarn, with weights of the logarithm", LLAMA | {"rope_scaling": {"rope_type": "yarn", "factor": 40.0, "original_max_position_embeddings": 4096, "mscale": 1.0, "mscale_all_dim": 0.5}}, 1),
    ("longrope, within", PHI, 4096),
    ("longrope, beyond", PHI, 4097),
]


def main():
    rows = []
    for name, config, context in CASES:
        (rope,) = dict.fromkeys(describe(config).ropes)
        frequencies, factor = rope.frequencies(context)
        rows.append({"name": name, "context": context, "config": config, "factor": factor, "frequencies": frequencies})
    lines = ",\n".join(json.dumps(row) for row in rows)
    Path(sys.argv[1]).write_text(f'{{"made by": "bench/peers/families/angles_golden.py", "cases": [\n{lines}\n]}}\n')


main()
