#!/usr/bin/env python3
"""Holds the reference against llama.cpp: random directories of each family, written as GGUF files by hand and computed by its
prebuilt libraries (npm package @node-llama-cpp/linux-x64 3.22.1, bins/linux-x64; another version may lay its parameters out
otherwise).

    python3 -I bench/peers/families/llama_cpp.py LIBRARY_FOLDER [CASE]...

llama.cpp fixes some things that config.json leaves open (the query scale of Gemma 2 and 3 by their sizes, every fourth layer of
SmolLM3, no windows in Mistral, Qwen2 and Phi-3, no dynamic scaling); the cases below keep to those.
"""
import ctypes
import math
import struct
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import numpy
import torch

from families import describe
from layers import ACTIVATIONS
from logits import run
from random_directory import LONG, SHORT, config_of, write
from rope import base
from weights import Weights

YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}
GELU = ACTIVATIONS["gelu_new"]
# name: family, changes to config.json, context
CASES = {
    "llama": ("llama", {}, 256),
    "llama, linear": ("llama", {"rope_scaling": {"rope_type": "linear", "factor": 4.0}}, 256),
    "mistral": ("mistral", {"sliding_window": None}, 256),
    "mixtral": ("mixtral", {}, 256),
    "gemma": ("gemma", {}, 256),
    "gemma2": ("gemma2", {"query_pre_attn_scalar": 16}, 256),
    "gemma3": ("gemma3_text", {"query_pre_attn_scalar": 16, "num_hidden_layers": 7, "sliding_window_pattern": 6,
                               "rope_local_base_freq": 10000.0, "final_logit_softcapping": None}, 256),
    "qwen2": ("qwen2", {"use_sliding_window": False}, 256),
    "qwen3": ("qwen3", {"rope_scaling": None}, 256),
    "qwen3, yarn": ("qwen3", {"rope_scaling": YARN}, 256),
    "qwen3, yarn with betas": ("qwen3", {"rope_scaling": YARN | {"beta_fast": 2.0, "beta_slow": 0.1}}, 256),
    "qwen3_moe": ("qwen3_moe", {"mlp_only_layers": []}, 256),
    "phi3, short": ("phi3", {"sliding_window": None, "original_max_position_embeddings": 256, "max_position_embeddings": 4096}, 256),
    "phi3, long": ("phi3", {"sliding_window": None, "original_max_position_embeddings": 256, "max_position_embeddings": 4096}, 512),
    "gemma3, final cap": ("gemma3_text", {"query_pre_attn_scalar": 16, "num_hidden_layers": 6, "rope_local_base_freq": 10000.0,
                                          "sliding_window_pattern": 6}, 256),
    "gemma3, no scaling": ("gemma3_text", {"query_pre_attn_scalar": 16, "num_hidden_layers": 6, "rope_local_base_freq": 10000.0,
                                          "sliding_window_pattern": 6, "final_logit_softcapping": None, "rope_scaling": None}, 256),
    "smollm3": ("smollm3", {"no_rope_layers": None}, 256),
    "gpt2": ("gpt2", {}, 256),
}
ARCHITECTURES = {"mistral": "llama", "mixtral": "llama", "gemma3_text": "gemma3", "qwen3_moe": "qwen3moe"}
TOKENS = [(7 * i * i + 3 * i + 1) % 131 for i in range(24)]


def gguf(path, fields, tensors):
    """GGUF version 3: fields are numbers, texts and lists of one type; tensors are F32."""
    def text(s):
        raw = s.encode()
        return struct.pack("<Q", len(raw)) + raw

    def value(v):
        kinds = {bool: (7, "<?"), int: (4, "<I"), float: (6, "<f")}
        if isinstance(v, str):
            return 8, text(v)
        if isinstance(v, list):
            kind = {4: 5}.get(value(v[0])[0], value(v[0])[0])  # lists of numbers are signed
            return 9, struct.pack("<IQ", kind, len(v)) + b"".join(value(x)[1] for x in v)
        kind, layout = kinds[type(v)]
        return kind, struct.pack(layout, v)

    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(fields))
    for name, v in fields.items():
        kind, raw = value(v)
        head += text(name) + struct.pack("<I", kind) + raw
    data = b""
    for name, tensor in tensors.items():
        raw = tensor.to(torch.float32).contiguous().numpy().astype("<f4").tobytes()
        head += text(name) + struct.pack("<I", tensor.dim()) + b"".join(struct.pack("<Q", n) for n in reversed(tensor.shape))
        head += struct.pack("<IQ", 0, len(data))
        data += raw + b"\0" * (-len(raw) % 32)
    path.write_bytes(head + b"\0" * (-len(head) % 32) + data)


def metadata(c, m):
    a = ARCHITECTURES.get(m.family, m.family)
    out = {"general.architecture": a, f"{a}.vocab_size": m.vocabulary, f"{a}.context_length": c.get("max_position_embeddings", m.positions),
           f"{a}.embedding_length": m.hidden, f"{a}.block_count": m.layers, f"{a}.feed_forward_length": m.width,
           f"{a}.attention.head_count": m.heads, f"{a}.attention.head_count_kv": m.kv_heads,
           f"{a}.attention.key_length": m.head_dim, f"{a}.attention.value_length": m.head_dim,
           f"{a}.attention.layer_norm_{'' if m.family == 'gpt2' else 'rms_'}epsilon": m.eps}
    rope = next((r for r in reversed(m.ropes) if r and r != m.local), None)
    if rope:
        out |= {f"{a}.rope.dimension_count": rope.dim, f"{a}.rope.freq_base": float(rope.theta)}
    scaling = (rope and rope.scaling) or {}
    if scaling.get("rope_type") in ("linear", "yarn"):
        out |= {f"{a}.rope.scaling.type": scaling["rope_type"], f"{a}.rope.scaling.factor": scaling["factor"],
                f"{a}.rope.scaling.original_context_length": rope.original}
    if scaling.get("rope_type") == "longrope":
        out |= {f"{a}.rope.scaling.original_context_length": rope.original,
                f"{a}.rope.scaling.attn_factor": math.sqrt(1 + math.log(rope.max_positions / rope.original) / math.log(rope.original))}
    if any(m.windows):
        out[f"{a}.attention.sliding_window"] = next(w for w in m.windows if w)
    if m.attn_softcap:
        out[f"{a}.attn_logit_softcapping"] = m.attn_softcap
    if m.final_softcap:
        out[f"{a}.final_logit_softcapping"] = m.final_softcap
    if m.experts:
        out |= {f"{a}.expert_count": m.experts.count, f"{a}.expert_used_count": m.experts.chosen, f"{a}.expert_feed_forward_length": m.experts.width}
    # The least vocabulary that is one: three control tokens, the line feed, and words.
    pieces = ["<unk>", "<s>", "</s>", "<0x0A>"] + [f"word{i}" for i in range(4, m.vocabulary)]
    return out | {"tokenizer.ggml.model": "llama", "tokenizer.ggml.tokens": pieces, "tokenizer.ggml.scores": [float(-i) for i in range(len(pieces))],
                  "tokenizer.ggml.token_type": [2, 3, 3, 6] + [1] * (len(pieces) - 4)}


NAMES = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output", "input_layernorm": "attn_norm",
         "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
         "self_attn.qkv_proj": "attn_qkv", "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
         "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
         "mlp.gate_up_proj": "ffn_up", "mlp.gate": "ffn_gate_inp", "block_sparse_moe.gate": "ffn_gate_inp",
         "transformer.wte": "token_embd", "transformer.wpe": "position_embd", "transformer.ln_f": "output_norm", "ln_1": "attn_norm",
         "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output", "ln_2": "ffn_norm", "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down"}
SANDWICH = {"post_attention_layernorm": "post_attention_norm", "pre_feedforward_layernorm": "ffn_norm", "post_feedforward_layernorm": "post_ffw_norm"}
EXPERTS = {"w1": "gate", "w3": "up", "w2": "down", "gate_proj": "gate", "up_proj": "up", "down_proj": "down"}


def converted(m, w):
    """Tensors under GGUF's names and in its order of elements."""
    names, out, experts = NAMES | (SANDWICH if m.sandwich else {}), {}, {}
    for name, (_, shape, _) in w.tensors.items():
        tensor, (path, kind) = w(name, *shape), name.rsplit(".", 1)
        block = ""
        if path.startswith(("model.layers.", "transformer.h.")):
            _, _, layer, path = path.split(".", 3)
            block = f"blk.{layer}."
        if ".experts." in path:
            _, _, expert, part = path.rsplit(".", 3)
            experts.setdefault(f"{block}ffn_{EXPERTS[part]}_exps.weight", {})[int(expert)] = tensor
            continue
        if m.unit_offset and tensor.dim() == 1:
            tensor = tensor + 1
        if m.family == "gpt2" and tensor.dim() == 2 and block:
            tensor = tensor.T
        # These turn neighbours where Hugging Face's files turn halves.
        if m.family in ("llama", "mistral", "mixtral", "smollm3") and path.endswith(("q_proj", "k_proj")):
            heads = m.heads if path.endswith("q_proj") else m.kv_heads
            tensor = tensor.reshape(heads, 2, m.head_dim // 2, -1).transpose(1, 2).reshape(tensor.shape)
        out[f"{block}{names[path]}.{kind}"] = tensor
    out |= {name: torch.stack([parts[i] for i in range(len(parts))]) for name, parts in experts.items()}

    rope = m.ropes[0]
    kind = rope and rope.scaling and rope.scaling["rope_type"]
    if kind == "llama3":
        out["rope_freqs.weight"] = torch.tensor([a / b for a, b in zip(base(rope.theta, rope.dim), rope.frequencies(1)[0])])
    if kind == "longrope":
        out |= {"rope_factors_short.weight": torch.tensor(SHORT), "rope_factors_long.weight": torch.tensor(LONG)}
    return out


def structure(size, **offsets):
    """A C structure of which only some fields are known."""
    names = sorted(offsets, key=lambda n: offsets[n][0])
    known, at = [], 0
    for name in names:
        offset, kind = offsets[name]
        if offset > at:
            known.append((f"gap{at}", ctypes.c_uint8 * (offset - at)))
        known.append((name, kind))
        at = offset + ctypes.sizeof(kind)
    if size > at:
        known.append(("rest", ctypes.c_uint8 * (size - at)))
    made = type("Structure", (ctypes.Structure,), {"_fields_": known})
    assert ctypes.sizeof(made) == size
    return made


POINTER = ctypes.POINTER
ModelParams = structure(80, devices=(0, ctypes.c_void_p), extra_buffers=(74, ctypes.c_uint8))
ContextParams = structure(160, context=(0, ctypes.c_uint32), batch=(4, ctypes.c_uint32), micro=(8, ctypes.c_uint32), outputs=(24, ctypes.c_uint32),
                          threads=(28, ctypes.c_int32), threads_batch=(32, ctypes.c_int32), flash=(52, ctypes.c_int32),
                          beta_fast=(72, ctypes.c_float), beta_slow=(76, ctypes.c_float), key=(104, ctypes.c_int32), value=(108, ctypes.c_int32))
Batch = structure(56, count=(0, ctypes.c_int32), token=(8, POINTER(ctypes.c_int32)), position=(24, POINTER(ctypes.c_int32)),
                  sequences=(32, POINTER(ctypes.c_int32)), sequence=(40, POINTER(POINTER(ctypes.c_int32))), wanted=(48, POINTER(ctypes.c_int8)))


class Engine:
    """llama.cpp's CPU engine as a numeric reference: F32 cache, no flash attention, weights as they lie, one thread."""

    def __init__(self, folder):
        load = lambda name: ctypes.CDLL(str(next(p for p in sorted(folder.iterdir()) if p.name.startswith(name + "."))), ctypes.RTLD_GLOBAL)
        load("libggml-base")
        ggml = load("libggml")
        self.llama = load("libllama")
        errors_only = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
        self.log = errors_only(lambda level, text, _: sys.stderr.write(text.decode()) if level == 4 else None)
        self.llama.llama_log_set(self.log, None)
        ggml.ggml_backend_load_all_from_path(str(folder).encode())
        for name, result, arguments in (
                ("model_default_params", ModelParams, []), ("context_default_params", ContextParams, []),
                ("model_load_from_file", ctypes.c_void_p, [ctypes.c_char_p, ModelParams]),
                ("init_from_model", ctypes.c_void_p, [ctypes.c_void_p, ContextParams]),
                ("batch_init", Batch, [ctypes.c_int32] * 3), ("decode", ctypes.c_int32, [ctypes.c_void_p, Batch]),
                ("get_logits_ith", POINTER(ctypes.c_float), [ctypes.c_void_p, ctypes.c_int32]), ("n_ctx", ctypes.c_uint32, [ctypes.c_void_p]),
                ("batch_free", None, [Batch]), ("free", None, [ctypes.c_void_p]), ("model_free", None, [ctypes.c_void_p])):
            function = getattr(self.llama, "llama_" + name)
            function.restype, function.argtypes = result, arguments

    def logits(self, file, tokens, vocabulary, context, betas=(-1.0, -1.0)):
        """betas: YaRN's, which a file's fields do not give to every architecture."""
        params = self.llama.llama_model_default_params()
        assert params.extra_buffers == 1, "llama_model_params is laid out otherwise"
        params.extra_buffers = 0
        model = self.llama.llama_model_load_from_file(str(file).encode(), params)
        assert model, "llama.cpp does not load the file"
        c = self.llama.llama_context_default_params()
        known = c.context, c.batch, c.micro, c.flash, c.beta_fast, c.beta_slow, c.key, c.value
        assert known == (512, 2048, 512, -1, -1, -1, 1, 1), "llama_context_params is laid out otherwise"
        c.context = c.batch = c.micro = context
        c.beta_fast, c.beta_slow = betas
        c.outputs, c.threads, c.threads_batch, c.flash, c.key, c.value = 0, 1, 1, 0, 0, 0
        state = self.llama.llama_init_from_model(model, c)
        assert state and self.llama.llama_n_ctx(state) == context
        batch = self.llama.llama_batch_init(len(tokens), 0, 1)
        batch.count = len(tokens)
        for i, token in enumerate(tokens):
            batch.token[i], batch.position[i], batch.sequences[i], batch.wanted[i] = token, i, 1, 1
            batch.sequence[i][0] = 0
        assert self.llama.llama_decode(state, batch) == 0
        rows = [numpy.ctypeslib.as_array(self.llama.llama_get_logits_ith(state, i), (vocabulary,)).copy() for i in range(len(tokens))]
        self.llama.llama_batch_free(batch)
        self.llama.llama_free(state)
        self.llama.llama_model_free(model)
        return torch.from_numpy(numpy.stack(rows)).double()


def half_precision_gelu(x):
    """ggml looks GELU up in a table of 16-bit floats."""
    half = lambda y: y.to(torch.float32).to(torch.float16).to(x.dtype)
    return torch.where(x.abs() < 10, half(GELU(half(x))), x.clamp(min=0))


def compare(engine, case):
    """The largest distance of any logit, the deviation of the reference's, and whether GELU is in it."""
    family, changes, context = CASES[case]
    config = config_of(family, changes)
    with tempfile.TemporaryDirectory() as work:
        work = Path(work)
        write(config, work)
        model = describe(config)
        gguf(work / "model.gguf", metadata(config, model), converted(model, Weights(work, torch.float64)))
        ours = run(config, work, TOKENS, context)
        betas = [float((config.get("rope_scaling") or {}).get(name, -1)) for name in ("beta_fast", "beta_slow")]
        theirs = engine.logits(work / "model.gguf", TOKENS, model.vocabulary, context, betas)
    return float((theirs - ours).abs().max()), float(ours.std()), model.activation != "silu"


def main():
    torch.set_num_threads(1)
    ACTIVATIONS["gelu_new"] = ACTIVATIONS["gelu_pytorch_tanh"] = half_precision_gelu
    engine, failed = Engine(Path(sys.argv[1])), False
    for case in sys.argv[2:] or CASES:
        try:
            distance, deviation, gelu = compare(engine, case)
            # Single precision differs by this much; where it falls on the other side of a rounding to 16 bits, by more.
            good, detail = distance < (2e-3 if gelu else 1e-4), f"at most {distance:.1e} apart, deviation {deviation:.2f}"
        except AssertionError as e:
            good, detail = False, e
        failed |= not good
        print(f"{'ok  ' if good else 'FAIL'} {case}: {detail}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
