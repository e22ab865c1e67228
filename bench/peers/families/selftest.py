#!/usr/bin/env python3
"""Checks the reference against what is independent of it, in seconds:

    python3 -I bench/peers/families/selftest.py [--llama DIRECTORY] [--onnx past.onnx --node-modules DIRECTORY]

Always: published inverse frequencies, values of FP8, the reach of windows, causality, and that every feature's absence moves
the logits. --llama also compares with hf_llama.py on a directory (of stories260K, as the convert command writes it), --onnx with
ONNX Runtime on tiny-random-gpt2-fp32 (npm install --ignore-scripts onnxruntime-node).
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
import numpy
import torch

import onnx_gpt2
from families import FEATURES, describe, features, without
from logits import run
from random_directory import FAMILIES, config_of, save, write
from rope import Rope
from weights import Weights, e4m3

TOKENS = [(7 * i * i + 3 * i + 1) % 131 for i in range(24)]


def check(name, good, detail=""):
    print(f"{'ok  ' if good else 'FAIL'} {name} {detail}")
    check.failed |= not good


check.failed = False


def far(a, b):
    return float((a - b).abs().max())


def frequencies():
    """Five digits that transformers publishes (tests/utils/test_modeling_rope_utils.py): heads of 128, θ 10 000, factor 10, contexts
    of 2048; dynamic at 16 384."""
    scaled = {"factor": 10.0, "low_freq_factor": 1, "high_freq_factor": 4, "beta_fast": 32, "beta_slow": 1}
    published = {
        "default": {1: 8.6596e-01, 32: 1.0000e-02, 63: 1.1548e-04},
        "dynamic": {1: 8.0931e-01, 32: 1.1473e-03, 47: 4.8018e-05, 63: 1.6265e-06},
        "yarn": {16: 1.0000e-01, 17: 8.3479e-02, 28: 1.0101e-02, 40: 4.3007e-04, 41: 2.7384e-04, 63: 1.1548e-05},
        "llama3": {30: 1.3335e-02, 31: 1.0730e-02, 35: 2.8248e-03, 40: 3.4539e-04, 41: 2.7384e-04, 63: 1.1548e-05},
    }
    for kind, values in published.items():
        got, _ = Rope(1e4, 128, {"rope_type": kind, **scaled}, 2048, 2048).frequencies(16384)
        check(f"{kind} frequencies", all(f"{got[i]:.4e}" == f"{v:.4e}" for i, v in values.items()))
    # Llama 3.1 stretches the 29 slowest of 64 pairs by 8 and leaves the 29 fastest.
    llama = Rope(5e5, 128, {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}, 131072, 8192)
    ratio = [a / b for a, b in zip(Rope(5e5, 128, None, 0, 0).frequencies(1)[0], llama.frequencies(1)[0])]
    check("Llama 3.1's 29, 6 and 29 pairs", [sum(abs(r - x) < 1e-12 for r in ratio) for x in (1, 8)] == [29, 29])
    # Phi-3-mini-128k: √(1 + ln 32 / ln 4096), its long factors beyond 4096 only.
    phi = Rope(1e4, 4, {"rope_type": "longrope", "short_factor": [1.0, 1.0], "long_factor": [2.0, 4.0]}, 131072, 4096)
    check("longrope", phi.frequencies(4096) == ([1.0, 0.01], phi.frequencies(1)[1]) and phi.frequencies(4097)[0] == [0.5, 0.0025]
          and abs(phi.frequencies(1)[1] - 1.190238) < 1e-6)


def eight_bits(work):
    table = e4m3()
    check("E4M3 values", [table[b] for b in (0x01, 0x08, 0x38, 0x7E, 0xFE)] == [2**-9, 2**-6, 1, 448, -448] and numpy.isnan(table[0x7F]))
    codes = numpy.arange(48, dtype=numpy.uint8).reshape(6, 8)
    for suffix, shape in (("_scale", [1]), ("_scale", [6, 1]), ("_scale_inv", [2, 3])):
        scale = numpy.arange(1, 1 + numpy.prod(shape), dtype="<f4").reshape(shape)
        header = {"w": {"dtype": "F8_E4M3", "shape": [6, 8], "data_offsets": [0, 48]},
                  "w" + suffix: {"dtype": "F32", "shape": shape, "data_offsets": [48, 48 + scale.nbytes]}}
        text = json.dumps(header).encode()
        (work / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + codes.tobytes() + scale.tobytes())
        got = Weights(work, torch.float64, (4, 3))("w", 6, 8)
        want = [[table[codes[i, j]] * (scale[i // 4, j // 3] if shape == [2, 3] else scale.flat[i if shape == [6, 1] else 0])
                 for j in range(8)] for i in range(6)]
        check(f"F8 with {suffix} {shape}", torch.equal(got, torch.tensor(want)))
    for dtype, bound in (("F16", 0.02), ("BF16", 0.2), ("F8_E4M3", 1.5)):
        write(config_of("llama"), work / dtype, dtype=dtype)
        write(config_of("llama"), work / "F32")
        distance = far(*(run(config_of("llama"), work / d, TOKENS) for d in (dtype, "F32")))
        check(f"llama stored as {dtype}", 0 < distance < bound, f"{distance:.4f} from F32")


def files(work):
    """A model in two files is the same model; a tensor that the computation does not know is refused."""
    config = config_of("llama")
    write(config, work / "one")
    whole = Weights(work / "one", torch.float64)
    tensors = {name: whole(name, *shape) for name, (_, shape, _) in whole.tensors.items()}
    names, parts = sorted(tensors), work / "two"
    parts.mkdir()
    for i in 0, 1:
        save(parts / f"{i}.safetensors", {name: tensors[name] for name in names[i::2]})
    (parts / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {n: f"{i % 2}.safetensors" for i, n in enumerate(names)}}))
    check("two files are one model", far(run(config, work / "one", TOKENS), run(config, parts, TOKENS)) == 0)
    save(work / "one" / "model.safetensors", tensors | {"model.layers.0.self_attn.q_norm.weight": torch.ones(16)})
    try:
        run(config, work / "one", TOKENS)
        check("an unknown tensor is refused", False)
    except SystemExit as e:
        check("an unknown tensor is refused", "q_norm" in str(e))


def family(name, work):
    config, directory = config_of(name), work / name
    write(config, directory)
    plain = run(config, directory, TOKENS, 40)
    deviation = float(plain.std())
    check(f"{name}", 2 <= deviation <= 4, f"deviation {deviation:.2f}")
    other = run(config, directory, TOKENS[:-1] + [0], 40)
    check(f"{name} is causal", far(plain[:-1], other[:-1]) < 1e-12 and far(plain[-1], other[-1]) > 0.1)
    prefix = far(run(config, directory, TOKENS[:9], 40), plain[:9])
    check(f"{name} gives a prefix the same rows", prefix < 1e-10, f"{prefix:.1e}")
    check(f"{name} gives the last rows alone", torch.allclose(run(config, directory, TOKENS, 40, rows="last:8"), plain[-8:], atol=1e-12, rtol=0))
    single = far(run(config, directory, TOKENS, 40, torch.float32).double(), plain)
    check(f"{name} in single precision", single < 1e-3, f"{single:.1e}")
    for feature in FEATURES:
        if feature in features(describe(config)):
            moved = far(run(config, directory, TOKENS, 40, feature=feature), plain)
            check(f"{name} without {feature}", moved > 0.4, f"moves by {moved:.3f}")
        else:
            try:
                without(describe(config), feature)
                check(f"{name} has no {feature}", False)
            except SystemExit:
                pass


def windows(work):
    """Three layers with a window of 5 carry a token 3 · 4 rows and no further."""
    config = config_of("mistral")
    rows = (run(config, work / "mistral", TOKENS) - run(config, work / "mistral", [0] + TOKENS[1:])).abs().amax(1)
    check("a window of 5 reaches 4 rows back per layer", rows[12] > 1e-6 and rows[13:].max() == 0, f"{rows[12]:.1e}")


def contexts(work):
    """The context that was asked for decides, not the number of tokens."""
    for name, changes, limit in (("phi3", {}, 16), ("llama", {"rope_scaling": {"rope_type": "dynamic", "factor": 4.0}}, 64)):
        config, directory = config_of(name, changes), work / f"{name}-context"
        write(config, directory)
        at, above, short = (run(config, directory, TOKENS[:9], n) for n in (limit, limit + 1, None))
        check(f"{name} changes above a context of {limit}", far(at, short) == 0 and far(at, above) > 1e-6, f"{far(at, above):.1e}")


def spellings():
    """rope_parameters of newer files says what rope_theta, rope_scaling and rope_local_base_freq say."""
    for name in "llama", "qwen3", "phi3", "gemma3_text":
        older = config_of(name)
        newer = {k: v for k, v in older.items() if k not in ("rope_theta", "rope_scaling", "rope_local_base_freq", "partial_rotary_factor")}
        full = {"rope_theta": older["rope_theta"], "partial_rotary_factor": older.get("partial_rotary_factor", 1.0)} | older["rope_scaling"]
        near = {"rope_type": "default", "rope_theta": older.get("rope_local_base_freq")}
        newer["rope_parameters"] = {"full_attention": full, "sliding_attention": near} if name == "gemma3_text" else full
        a, b = ([r.frequencies(40) for r in describe(c).ropes] for c in (older, newer))
        check(f"{name} with rope_parameters", a == b)


def plain_llama(directory, tokens):
    """hf_llama.py gives the first row of logits and each token's negative log-likelihood."""
    config = json.loads((directory / "config.json").read_text())
    script = [sys.executable, "-I", str(HERE.parent / "hf_llama.py"), str(directory), ",".join(map(str, tokens))]
    want = json.loads(subprocess.run(script, check=True, capture_output=True, text=True).stdout)
    rows = run(config, directory, tokens)
    nll = -torch.log_softmax(rows[:-1], -1)[torch.arange(len(tokens) - 1), torch.tensor(tokens[1:])]
    distance = max(far(nll, torch.tensor(want["nll"], dtype=torch.float64)), far(rows[0], torch.tensor(want["first_logits"], dtype=torch.float64)))
    check(f"{directory.name} as hf_llama.py", distance < 1e-9, f"{distance:.1e}")


def onnx(source, modules, work):
    onnx_gpt2.unpack(source, work / "onnx")
    tokens = [(37 * i * i + 11) % 1000 for i in range(40)]
    command = ["node", str(HERE / "onnx_logits.mjs"), str(work / "onnx" / "model.onnx"), ",".join(map(str, tokens))]
    result = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"NODE_MODULES": str(modules)})
    if result.returncode:
        return check("ONNX Runtime runs", False, result.stderr.strip()[-300:])
    want = torch.tensor(json.loads(result.stdout), dtype=torch.float64)
    got = run(json.loads((work / "onnx" / "config.json").read_text()), work / "onnx", tokens)
    check("GPT-2 as ONNX Runtime", far(got, want) < 2e-5 * float(want.std()), f"{far(got, want):.1e} of a deviation of {want.std():.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llama", type=Path)
    parser.add_argument("--onnx", type=Path)
    parser.add_argument("--node-modules", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)

    with tempfile.TemporaryDirectory() as work:
        work = Path(work)
        frequencies()
        eight_bits(work)
        files(work)
        for name in FAMILIES:
            family(name, work)
        windows(work)
        contexts(work)
        spellings()
        bare = config_of("llama", {"attention_bias": False, "mlp_bias": False, "rope_scaling": None})
        write(bare, work / "llama-bare")
        plain_llama(work / "llama-bare", TOKENS[:8])
        if options.llama:
            plain_llama(options.llama, [1, 403, 407, 261, 378, 432, 383, 286, 261, 376, 298, 315])
        if options.onnx:
            onnx(options.onnx, options.node_modules, work)
    for name in ("llama", "onnx"):
        if not getattr(options, name):
            print(f"skip --{name}")
    sys.exit(check.failed)


if __name__ == "__main__":
    main()
