"""What each family computes, read from its config.json into one description, and the features that can be left out.

Absent fields have the defaults of the family's configuration class in transformers
(github.com/huggingface/transformers, models/*/configuration_*.py). Standard library only.
"""
import math
import sys
from dataclasses import dataclass, replace

from rope import Rope


@dataclass(frozen=True)
class Experts:
    count: int
    chosen: int
    width: int
    renormalise: bool
    layers: tuple  # one truth value per layer: experts, or a dense network


@dataclass(frozen=True)
class Model:
    """A decoder. C is hidden, D head_dim, F width of the feed-forward network, V vocabulary."""
    family: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    width: int
    vocabulary: int
    eps: float
    activation: str
    tied: bool
    windows: tuple = ()          # per layer: row i sees j with i − j < window; None sees all
    ropes: tuple = ()            # per layer: a Rope, or None where positions are not given
    local: Rope | None = None    # Gemma 3: which of the ropes is that of windowed layers
    query_scale: float = 1.0
    attn_softcap: float | None = None
    final_softcap: float | None = None
    embed_scale: float = 1.0
    unit_offset: bool = False    # RMSNorm multiplies by 1 + w
    qk_norm: bool = False
    sandwich: bool = False       # norms in front of and behind both halves of a layer
    post_norms: bool = False     # whether those behind are applied
    fused: bool = False
    qkv_bias: bool = False
    output_bias: bool = False
    mlp_bias: bool = False
    experts: Experts | None = None
    positions: int = 0           # GPT-2: rows of the table of positions
    scale_by_layer: bool = False  # GPT-2: scores of layer i are also divided by i + 1


#            absent:  kv heads, head_dim, positions, eps, theta, tied, window
DEFAULTS = {
    "llama": (None, None, 2048, 1e-6, 1e4, False, None),
    "mistral": (8, None, 131072, 1e-6, 1e4, False, 4096),
    "mixtral": (8, None, 131072, 1e-5, 1e6, False, None),
    "gemma": (16, 256, 8192, 1e-6, 1e4, True, None),
    "gemma2": (4, 256, 8192, 1e-6, 1e4, True, 4096),
    "gemma3_text": (4, 256, 131072, 1e-6, 1e6, True, 4096),
    "qwen2": (32, None, 32768, 1e-6, 1e4, False, 4096),
    "qwen3": (32, 128, 32768, 1e-6, 1e4, False, 4096),
    "qwen3_moe": (4, None, 32768, 1e-6, 1e4, False, 4096),
    "phi3": (None, None, 4096, 1e-5, 1e4, False, None),
    "smollm3": (4, None, 32768, 1e-6, 2e6, True, None),
}


def describe(c):
    """The description of the model of a config.json."""
    family = c.get("model_type")
    if family == "gpt2":
        return gpt2(c)
    if family not in DEFAULTS:
        sys.exit(f"model_type {family}: gpt2, {', '.join(DEFAULTS)} are known")
    kv_heads, head_dim, positions, eps, theta, tied, window = DEFAULTS[family]
    hidden, heads, layers = c["hidden_size"], c["num_attention_heads"], c["num_hidden_layers"]
    head_dim = c.get("head_dim") or head_dim or hidden // heads
    gemma = family.startswith("gemma")
    if c.get("use_bidirectional_attention"):
        sys.exit("use_bidirectional_attention: rows would see what follows them")
    if family == "gemma3_text" and c.get("attn_logit_softcapping") is not None:
        sys.exit("attn_logit_softcapping: no published Gemma 3 has it, and implementations differ in whether they apply it")

    model = Model(
        family, layers, hidden, heads, c.get("num_key_value_heads", kv_heads) or heads, head_dim, c["intermediate_size"], c["vocab_size"],
        eps=c.get("rms_norm_eps", eps),
        # Gemma's first files say gelu where the model was trained with the tanh form.
        activation=(c.get("hidden_activation") or "gelu_pytorch_tanh") if gemma else c.get("hidden_act", "silu"),
        tied=c.get("tie_word_embeddings", tied),
        query_scale=head_dim ** -0.5,
        unit_offset=gemma,
        embed_scale=math.sqrt(hidden) if gemma else 1.0,
        qk_norm=family in ("qwen3", "qwen3_moe", "gemma3_text"),
        sandwich=family in ("gemma2", "gemma3_text"),
        post_norms=family in ("gemma2", "gemma3_text"),
        fused=family == "phi3",
    )
    bias = family not in ("mistral", "mixtral", "phi3", "qwen2") and c.get("attention_bias", False)
    model = replace(model, qkv_bias=bias or family == "qwen2", output_bias=bias, mlp_bias=family in ("llama", "smollm3") and c.get("mlp_bias", False))
    if model.post_norms:
        model = replace(model, query_scale=c.get("query_pre_attn_scalar", 256) ** -0.5,
                        attn_softcap=c.get("attn_logit_softcapping", 50.0) if family == "gemma2" else None,
                        final_softcap=c.get("final_logit_softcapping", 30.0 if family == "gemma2" else None))
    model = replace(model, windows=windows(c, family, layers, window))
    model = ropes(c, model, theta, c.get("max_position_embeddings", positions))
    return replace(model, experts=experts(c, family, layers))


def windows(c, family, layers, absent):
    size = c.get("sliding_window", absent)
    asked = family not in ("qwen2", "qwen3", "qwen3_moe", "smollm3") or c.get("use_sliding_window", False)
    if family in ("llama", "gemma") or not asked:
        size = None
    types = c.get("layer_types") if family in ("gemma2", "gemma3_text", "qwen2", "qwen3", "smollm3") else None
    if types is not None:
        near = [t == "sliding_attention" for t in types]
    elif family == "gemma2":
        near = [i % 2 == 0 for i in range(layers)]
    elif family == "gemma3_text":
        pattern = c.get("sliding_window_pattern", 6)
        near = [(i + 1) % pattern != 0 for i in range(layers)]
    elif family in ("qwen2", "qwen3"):
        near = [i >= c.get("max_window_layers", 28) for i in range(layers)]
    elif family == "smollm3":
        near = [not turns for turns in turning(c, layers)]
    else:
        near = [True] * layers
    if len(near) != layers:
        sys.exit(f"layer_types has {len(near)} entries for {layers} layers")
    return tuple(size if n else None for n in near)


def turning(c, layers):
    """SmolLM3: which layers rotate. The list is called no_rope_layers, but 1 means that the layer does."""
    flags = c.get("no_rope_layers") or [(i + 1) % c.get("no_rope_layer_interval", 4) != 0 for i in range(layers)]
    if len(flags) != layers:
        sys.exit(f"no_rope_layers has {len(flags)} entries for {layers} layers")
    return [bool(f) for f in flags]


def ropes(c, model, theta, positions):
    # Newer files hold theta, the share that rotates and the scaling in one object, Gemma 3 one per kind of layer.
    newer = c.get("rope_parameters") or {}
    by_type = "full_attention" in newer
    near = newer.get("sliding_attention", {}) if by_type else {}
    newer = newer["full_attention"] if by_type else newer
    scaling = c.get("rope_scaling") or newer
    kind = scaling.get("rope_type") or scaling.get("type") or "default"
    if model.family == "phi3" and kind in ("su", "yarn"):
        kind = "longrope"  # as Phi-3's first files call it
    scaling = None if kind == "default" else scaling | {"rope_type": kind}

    share = newer.get("partial_rotary_factor") or c.get("partial_rotary_factor") or 1.0
    if share != 1 and model.family != "phi3":
        sys.exit(f"partial_rotary_factor {share}: of these families only phi3 has it")
    if int(model.head_dim * share) % 2:
        sys.exit(f"{int(model.head_dim * share)} of {model.head_dim} elements rotate: they do so in pairs")
    original = (scaling or {}).get("original_max_position_embeddings") or c.get("original_max_position_embeddings") \
        or (4096 if model.family == "phi3" else positions)
    far = Rope(newer.get("rope_theta") or c.get("rope_theta") or theta, int(model.head_dim * share), scaling, positions, original)
    if model.family == "smollm3":
        return replace(model, ropes=tuple(far if turns else None for turns in turning(c, model.layers)))
    if model.family != "gemma3_text":
        return replace(model, ropes=(far,) * model.layers)

    # Gemma 3: windowed layers have a base of their own and are never stretched.
    local = replace(far, theta=near.get("rope_theta") or c.get("rope_local_base_freq") or 1e4, scaling=None)
    return replace(model, local=local, ropes=tuple(local if w else far for w in model.windows))


def experts(c, family, layers):
    if family == "mixtral":
        count = c.get("num_local_experts", c.get("num_experts", 8))
        return Experts(count, c.get("num_experts_per_tok", 2), c["intermediate_size"], True, (True,) * layers)
    if family == "qwen3_moe":
        step, dense = c.get("decoder_sparse_step", 1), c.get("mlp_only_layers") or []
        count = c.get("num_experts", c.get("num_local_experts", 128))
        return Experts(count, c.get("num_experts_per_tok", 8), c.get("moe_intermediate_size", 768), c.get("norm_topk_prob", False),
                       tuple(i not in dense and (i + 1) % step == 0 for i in range(layers)))
    return None


def gpt2(c):
    hidden, heads, layers = c.get("n_embd", 768), c.get("n_head", 12), c.get("n_layer", 12)
    if c.get("add_cross_attention"):
        sys.exit("add_cross_attention: there is no encoder here")
    return Model("gpt2", layers, hidden, heads, heads, hidden // heads, c.get("n_inner") or 4 * hidden, c["vocab_size"],
                 eps=c.get("layer_norm_epsilon", 1e-5), activation=c.get("activation_function", "gelu_new"),
                 tied=c.get("tie_word_embeddings", True), windows=(None,) * layers, ropes=(None,) * layers,
                 query_scale=(hidden // heads) ** -0.5 if c.get("scale_attn_weights", True) else 1.0,
                 qkv_bias=True, output_bias=True, mlp_bias=True,
                 positions=c.get("n_positions", 1024), scale_by_layer=c.get("scale_attn_by_inverse_layer_idx", False))


def whole_heads(m):
    """All of a head rotates; LongRoPE's last divisor serves the pairs that it has none for."""
    def widen(r):
        pad = {k: v + v[-1:] * (m.head_dim // 2 - len(v)) for k, v in (r.scaling or {}).items() if k in ("short_factor", "long_factor")}
        return replace(r, dim=m.head_dim, scaling=r.scaling and r.scaling | pad)
    return each_rope(m, widen)


def each_rope(m, change):
    return replace(m, ropes=tuple(r and change(r) for r in m.ropes))


def one_rope(m):
    """The rope of the layers that see everything, or of those that rotate at all, on every layer."""
    return replace(m, ropes=(next(r for r in m.ropes if r and r != m.local),) * m.layers)


# name: does this model have it, and the model without it
FEATURES = {
    "rope_scaling": (lambda m: any(r and r.scaling for r in m.ropes), lambda m: each_rope(m, lambda r: replace(r, scaling=None))),
    "window": (lambda m: any(m.windows), lambda m: replace(m, windows=(None,) * m.layers)),
    "attn_softcap": (lambda m: m.attn_softcap, lambda m: replace(m, attn_softcap=None)),
    "final_softcap": (lambda m: m.final_softcap, lambda m: replace(m, final_softcap=None)),
    "qkv_bias": (lambda m: m.qkv_bias, lambda m: replace(m, qkv_bias=False)),
    "unit_offset": (lambda m: m.unit_offset, lambda m: replace(m, unit_offset=False)),
    "qk_norm": (lambda m: m.qk_norm, lambda m: replace(m, qk_norm=False)),
    "embed_scale": (lambda m: m.embed_scale != 1, lambda m: replace(m, embed_scale=1.0)),
    "local_theta": (lambda m: len(set(m.ropes)) > 1 and m.local, one_rope),
    "query_scale": (lambda m: m.query_scale != m.head_dim ** -0.5, lambda m: replace(m, query_scale=m.head_dim ** -0.5)),
    "nope": (lambda m: any(m.ropes) and not all(m.ropes), one_rope),
    "topk_norm": (lambda m: m.experts and m.experts.renormalise, lambda m: replace(m, experts=replace(m.experts, renormalise=False))),
    "post_norms": (lambda m: m.post_norms, lambda m: replace(m, post_norms=False)),
    "partial_rotary": (lambda m: any(r and r.dim < m.head_dim for r in m.ropes), whole_heads),
}


def features(model):
    """The features that this model has."""
    return [name for name, (has, _) in FEATURES.items() if has(model)]


def without(model, feature):
    if feature not in FEATURES:
        sys.exit(f"no feature is called {feature}; there are {', '.join(FEATURES)}")
    if feature not in features(model):
        sys.exit(f"this {model.family} has no {feature}; it has {', '.join(features(model)) or 'none of them'}")
    return FEATURES[feature][1](model)
