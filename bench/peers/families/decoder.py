"""From tokens to logits: the decoders that descend from Llama, and GPT-2."""
import torch

from attention import attend, rotate
from layers import ACTIVATIONS, fused_gated, gated, layer_norm, linear, mixture, rms_norm


def logits(model, w, tokens, context, first=0):
    """Logits [T − first, V] of the rows from first on. w(name, *shape) gives the weights; context is the length of text
    that the caller has in mind, by which some rotations decide."""
    if not tokens or not all(0 <= t < model.vocabulary for t in tokens):
        raise SystemExit(f"tokens must be at least one id from 0 to {model.vocabulary - 1}")
    tokens = torch.tensor(tokens)
    return gpt2(model, w, tokens, first) if model.family == "gpt2" else llama(model, w, tokens, context, first)


def llama(model, w, tokens, context, first):
    embedding = w("model.embed_tokens.weight", model.vocabulary, model.hidden)
    x = embedding[tokens] * model.embed_scale
    for layer in range(model.layers):
        path = f"model.layers.{layer}"
        # Gemma 2 and 3 normalise in front of both halves and behind them. The norm that elsewhere is in front of the
        # feed-forward network is the one behind attention there.
        before = "pre_feedforward_layernorm" if model.sandwich else "post_attention_layernorm"
        y = self_attention(model, w, f"{path}.self_attn", rms_norm(w, f"{path}.input_layernorm", x, model), layer, context)
        x = x + (rms_norm(w, f"{path}.post_attention_layernorm", y, model) if model.post_norms else y)
        y = feed_forward(model, w, path, rms_norm(w, f"{path}.{before}", x, model), layer)
        x = x + (rms_norm(w, f"{path}.post_feedforward_layernorm", y, model) if model.post_norms else y)

    x = rms_norm(w, "model.norm", x[first:], model)
    out = x @ (embedding if model.tied else w("lm_head.weight", model.vocabulary, model.hidden)).T
    return model.final_softcap * torch.tanh(out / model.final_softcap) if model.final_softcap else out


def self_attention(model, w, path, x, layer, context):
    q, k = model.heads * model.head_dim, model.kv_heads * model.head_dim
    if model.fused:
        queries, keys, values = linear(w, f"{path}.qkv_proj", x, q + k + k).split((q, k, k), -1)
    else:
        queries, keys, values = (linear(w, f"{path}.{n}_proj", x, rows, model.qkv_bias) for n, rows in (("q", q), ("k", k), ("v", k)))
    queries, keys, values = (y.reshape(len(x), -1, model.head_dim) for y in (queries, keys, values))
    if model.qk_norm:
        queries, keys = (rms_norm(w, f"{path}.{n}_norm", y, model) for n, y in (("q", queries), ("k", keys)))
    if model.ropes[layer]:
        queries, keys = (rotate(y, model.ropes[layer], context) for y in (queries, keys))
    y = attend(queries, keys, values, model.query_scale, model.attn_softcap, model.windows[layer])
    return linear(w, f"{path}.o_proj", y, model.hidden, model.output_bias)


def feed_forward(model, w, path, x, layer):
    if model.family == "mixtral":
        return mixture(w, f"{path}.block_sparse_moe", x, model, ("w1", "w3", "w2"))
    if model.experts and model.experts.layers[layer]:
        return mixture(w, f"{path}.mlp", x, model, ("gate_proj", "up_proj", "down_proj"))
    if model.fused:
        return fused_gated(w, f"{path}.mlp", x, model)
    return gated(w, f"{path}.mlp", x, model, model.width, bias=model.mlp_bias)


def gpt2(model, w, tokens, first):
    """GPT-2: positions are learned and added, the linears lie [in, out]."""
    root = "" if "wte.weight" in w else "transformer."
    embedding = w(f"{root}wte.weight", model.vocabulary, model.hidden)
    positions = w(f"{root}wpe.weight", model.positions, model.hidden)
    if len(tokens) > model.positions:
        raise SystemExit(f"{len(tokens)} tokens, but there are {model.positions} positions")

    def conv1d(path, x, outputs, bias=True):
        y = x @ w(f"{path}.weight", x.shape[-1], outputs)
        return y + w(f"{path}.bias", outputs) if bias else y

    x = embedding[tokens] + positions[: len(tokens)]
    for layer in range(model.layers):
        path = f"{root}h.{layer}"
        y = conv1d(f"{path}.attn.c_attn", layer_norm(w, f"{path}.ln_1", x, model.eps), 3 * model.hidden, model.qkv_bias)
        q, k, v = (part.reshape(len(x), model.heads, model.head_dim) for part in y.split(model.hidden, -1))
        scale = model.query_scale / (layer + 1 if model.scale_by_layer else 1)
        x = x + conv1d(f"{path}.attn.c_proj", attend(q, k, v, scale), model.hidden)
        y = ACTIVATIONS[model.activation](conv1d(f"{path}.mlp.c_fc", layer_norm(w, f"{path}.ln_2", x, model.eps), model.width))
        x = x + conv1d(f"{path}.mlp.c_proj", y, model.hidden)
    x = layer_norm(w, f"{root}ln_f", x[first:], model.eps)
    return x @ (embedding if model.tied else w("lm_head.weight", model.vocabulary, model.hidden)).T
