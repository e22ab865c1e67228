#!/usr/bin/env python3
"""An independent Llama in plain Python, after the paper and the transformers file layout: reads config.json and
model.safetensors of a directory and prints, as JSON, the negative log-likelihood of each token of a text.

    python3 bench/peers/hf_llama.py DIRECTORY 1,403,407,261

Standard library only; double precision; meant for models of a few hundred thousand parameters.
"""
import json
import math
import struct
import sys


def tensors(path):
    with open(path, "rb") as f:
        data = f.read()
    (n,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + n])
    out = {}
    for name, info in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + n + o for o in info["data_offsets"])
        raw = data[begin:end]
        if info["dtype"] == "F32":
            values = struct.unpack(f"<{len(raw) // 4}f", raw)
        elif info["dtype"] == "F16":
            values = struct.unpack(f"<{len(raw) // 2}e", raw)
        elif info["dtype"] == "BF16":
            halves = struct.unpack(f"<{len(raw) // 2}H", raw)
            values = struct.unpack(f"<{len(halves)}f", b"".join(struct.pack("<I", h << 16) for h in halves))
        else:
            sys.exit(f"{name}: {info['dtype']}")
        shape = info["shape"]
        width = shape[-1]
        out[name] = values if len(shape) == 1 else [values[i : i + width] for i in range(0, len(values), width)]
    return out


def multiply(rows, x):
    return [math.fsum(a * b for a, b in zip(row, x)) for row in rows]


def norm(x, gain, eps):
    scale = 1 / math.sqrt(sum(v * v for v in x) / len(x) + eps)
    return [v * scale * g for v, g in zip(x, gain)]


def rotate_half(head, position, theta):
    """transformers: element i turns with element i + D/2."""
    d = len(head)
    half = d // 2
    out = [0.0] * d
    for i in range(half):
        angle = position * theta ** (-2 * i / d)
        c, s = math.cos(angle), math.sin(angle)
        out[i] = head[i] * c - head[i + half] * s
        out[i + half] = head[i + half] * c + head[i] * s
    return out


def main():
    directory, ids = sys.argv[1], [int(i) for i in sys.argv[2].split(",")]
    config = json.load(open(f"{directory}/config.json"))
    w = tensors(f"{directory}/model.safetensors")
    heads, kv_heads, d = config["num_attention_heads"], config["num_key_value_heads"], config["head_dim"]
    eps, theta = config["rms_norm_eps"], config["rope_theta"]
    head = w["model.embed_tokens.weight"] if config["tie_word_embeddings"] else w["lm_head.weight"]
    keys = [[[] for _ in range(kv_heads)] for _ in range(config["num_hidden_layers"])]
    values = [[[] for _ in range(kv_heads)] for _ in range(config["num_hidden_layers"])]
    nll, first = [], None
    for position, token in enumerate(ids):
        x = list(w["model.embed_tokens.weight"][token])
        for layer in range(config["num_hidden_layers"]):
            p = f"model.layers.{layer}."
            h = norm(x, w[p + "input_layernorm.weight"], eps)
            q = multiply(w[p + "self_attn.q_proj.weight"], h)
            k = multiply(w[p + "self_attn.k_proj.weight"], h)
            v = multiply(w[p + "self_attn.v_proj.weight"], h)
            for g in range(kv_heads):
                keys[layer][g].append(rotate_half(k[g * d : (g + 1) * d], position, theta))
                values[layer][g].append(v[g * d : (g + 1) * d])
            mixed = []
            for n in range(heads):
                g = n * kv_heads // heads
                qh = rotate_half(q[n * d : (n + 1) * d], position, theta)
                scores = [sum(a * b for a, b in zip(qh, kh)) / math.sqrt(d) for kh in keys[layer][g]]
                top = max(scores)
                e = [math.exp(s - top) for s in scores]
                total = sum(e)
                mixed += [sum(pr / total * vh[i] for pr, vh in zip(e, values[layer][g])) for i in range(d)]
            x = [a + b for a, b in zip(x, multiply(w[p + "self_attn.o_proj.weight"], mixed))]
            h = norm(x, w[p + "post_attention_layernorm.weight"], eps)
            gate, up = multiply(w[p + "mlp.gate_proj.weight"], h), multiply(w[p + "mlp.up_proj.weight"], h)
            inner = [g_ / (1 + math.exp(-g_)) * u for g_, u in zip(gate, up)]
            x = [a + b for a, b in zip(x, multiply(w[p + "mlp.down_proj.weight"], inner))]
        logits = multiply(head, norm(x, w["model.norm.weight"], eps))
        first = first or logits
        if position + 1 < len(ids):
            top = max(logits)
            nll.append(top + math.log(sum(math.exp(l - top) for l in logits)) - logits[ids[position + 1]])
    json.dump({"nll": nll, "first_logits": first}, sys.stdout)


main()
