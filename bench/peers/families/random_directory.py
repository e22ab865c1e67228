#!/usr/bin/env python3
"""Writes a small random model of a family as a Hugging Face directory, in awkward shapes: three layers (or four), eight
heads on one or two of keys and values, heads that are wider than the width's share where the family allows it, 131 tokens.

    python3 -I bench/peers/families/random_directory.py FAMILY OUT [--seed 1] [--dtype F32|F16|BF16|F8_E4M3] [--set NAME=JSON]...

Weights are scaled so that attention is peaked and logits have a standard deviation of two to four: a mistake in any part
then shows. --set changes a field of config.json. Equal arguments give equal bytes.
"""
import argparse
import json
import math
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import numpy
import torch

from decoder import logits
from families import DEFAULTS, describe
from weights import e4m3

COMMON = {"hidden_size": 96, "intermediate_size": 160, "num_hidden_layers": 3, "num_attention_heads": 8, "num_key_value_heads": 2,
          "vocab_size": 131, "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": False,
          "bos_token_id": 1, "eos_token_id": 2}
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32}
SHORT, LONG = ([round(1 + step * i, 3) for i in range(6)] for step in (0.05, 0.7))
FAMILIES = {
    "llama": {"head_dim": 16, "num_key_value_heads": 1, "attention_bias": True, "mlp_bias": True, "rope_scaling": LLAMA3},
    "mistral": {"head_dim": 16, "sliding_window": 5},
    "gemma": {"head_dim": 16, "num_key_value_heads": 1, "hidden_activation": "gelu_pytorch_tanh", "tie_word_embeddings": True},
    "gemma2": {"head_dim": 16, "hidden_activation": "gelu_pytorch_tanh", "tie_word_embeddings": True, "query_pre_attn_scalar": 24,
               "attn_logit_softcapping": 4.0, "final_logit_softcapping": 6.0, "sliding_window": 5},
    "gemma3_text": {"head_dim": 16, "hidden_activation": "gelu_pytorch_tanh", "tie_word_embeddings": True, "query_pre_attn_scalar": 24,
                    "final_logit_softcapping": 6.0, "sliding_window": 5, "sliding_window_pattern": 2, "rope_theta": 1000000.0,
                    "rope_local_base_freq": 100.0, "rope_scaling": {"rope_type": "linear", "factor": 8.0}},
    "qwen2": {"use_sliding_window": True, "sliding_window": 5, "max_window_layers": 1},
    "qwen3": {"head_dim": 16, "tie_word_embeddings": True, "rope_scaling":
              {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}},
    "qwen3_moe": {"head_dim": 16, "num_experts": 6, "num_experts_per_tok": 2, "moe_intermediate_size": 64, "norm_topk_prob": True,
                  "mlp_only_layers": [1]},
    "mixtral": {"head_dim": 16, "num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": None},
    "phi3": {"hidden_size": 128, "partial_rotary_factor": 0.75, "original_max_position_embeddings": 16, "sliding_window": 9,
             "rope_scaling": {"type": "longrope", "short_factor": SHORT, "long_factor": LONG}},
    "smollm3": {"num_hidden_layers": 4, "no_rope_layers": [1, 0, 1, 1], "tie_word_embeddings": True},
    "gpt2": {"n_embd": 96, "n_head": 8, "n_layer": 3, "n_inner": None, "n_positions": 64, "vocab_size": 131,
             "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5, "bos_token_id": 1, "eos_token_id": 2},
}
CLASSES = {"llama": "Llama", "mistral": "Mistral", "gemma": "Gemma", "gemma2": "Gemma2", "gemma3_text": "Gemma3", "qwen2": "Qwen2",
           "qwen3": "Qwen3", "qwen3_moe": "Qwen3Moe", "mixtral": "Mixtral", "phi3": "Phi3", "smollm3": "SmolLM3"}


def config_of(family, changes=()):
    """The config.json of a family's random model, with changes."""
    if family == "gpt2":
        return {"architectures": ["GPT2LMHeadModel"], "model_type": family} | FAMILIES[family] | dict(changes)
    return {"architectures": [f"{CLASSES[family]}ForCausalLM"], "model_type": family} | COMMON | FAMILIES[family] | dict(changes)


class Maker:
    """Stands where Weights stands and makes each tensor when it is first asked for, so that names and shapes are those
    of the computation."""

    def __init__(self, model, seed):
        self.model, self.random, self.tensors = model, numpy.random.default_rng(seed), {}

    def __contains__(self, name):
        return name in self.tensors

    def __call__(self, name, *shape):
        if name not in self.tensors:
            values = self.random.standard_normal(shape) * self.deviation(name, shape) + self.mean(name)
            self.tensors[name] = torch.from_numpy(values.astype(numpy.float32).astype(numpy.float64))
        return self.tensors[name]

    def mean(self, name):
        if not name.endswith("weight") or not self.is_norm(name) or self.model.unit_offset:
            return 0.0
        return 1.6 if "q_norm" in name or "k_norm" in name else 1.0

    def deviation(self, name, shape):
        if self.is_norm(name) or name.endswith("bias"):
            return 0.3
        if "embed_tokens" in name or "wte" in name:
            # A tied head gives its rows' lengths to the logits.
            return 3 / math.sqrt(shape[1]) if self.model.tied else 1.0
        if "wpe" in name:
            return 0.3
        inputs = shape[0] if self.model.family == "gpt2" and "lm_head" not in name else shape[1]
        peaked = any(part in name for part in ("q_proj", "k_proj", "qkv_proj", "c_attn"))
        gain = 3.0 if "lm_head" in name else 2.0 if ".gate.weight" in name else 1.7 if peaked else 1.0
        return gain / math.sqrt(inputs)

    @staticmethod
    def is_norm(name):
        return "norm" in name or ".ln_" in name


def encode(name, tensor, dtype):
    """(name, dtype, shape, bytes) of what the file holds for a tensor; vectors stay F32 where matrices have 8 bits."""
    values = tensor.to(torch.float32)
    if dtype == "F8_E4M3" and tensor.dim() == 2 and name.endswith("_proj.weight"):
        # The nearest of the values that E4M3 has, with one scale per output row.
        table = numpy.nan_to_num(e4m3(), nan=math.inf)
        order = numpy.argsort(table)[:-2]
        scale = (numpy.abs(values.numpy()).max(1, keepdims=True) / 448).astype(numpy.float32)
        middle = (table[order][1:] + table[order][:-1]) / 2
        codes = order[numpy.searchsorted(middle, values.numpy() / scale)].astype(numpy.uint8)
        return [(name, "F8_E4M3", list(values.shape), codes.tobytes()), (f"{name}_scale", "F32", list(scale.shape), scale.tobytes())]
    if dtype in ("F16", "BF16"):
        short = values.to(torch.float16 if dtype == "F16" else torch.bfloat16)
        return [(name, dtype, list(values.shape), short.view(torch.int16).numpy().astype("<i2").tobytes())]
    return [(name, "F32", list(values.shape), values.numpy().astype("<f4").tobytes())]


def save(path, tensors, dtype="F32"):
    """Writes tensors by name as one safetensors file."""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name in sorted(tensors):
        for part, kind, shape, raw in encode(name, tensors[name], dtype):
            header[part] = {"dtype": kind, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
            data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def write(config, directory, seed=1, dtype="F32"):
    """Writes config.json and model.safetensors."""
    directory.mkdir(parents=True, exist_ok=True)
    model = describe(config)
    maker = Maker(model, seed)
    logits(model, maker, [0], 1)
    save(directory / "model.safetensors", maker.tensors, dtype)
    (directory / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("family", choices=["gpt2", *DEFAULTS])
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dtype", choices=("F32", "F16", "BF16", "F8_E4M3"), default="F32")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=JSON")
    options = parser.parse_args()
    changes = {name: json.loads(value) for name, value in (s.split("=", 1) for s in options.set)}
    write(config_of(options.family, changes), options.out, options.seed, options.dtype)


if __name__ == "__main__":
    main()
