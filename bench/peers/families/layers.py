"""The pieces that layers are made of besides attention. x is [T, C]; w(name, *shape) gives a tensor."""
import math

import torch

ACTIVATIONS = {
    "silu": torch.nn.functional.silu,
    "relu": torch.relu,
    "gelu": lambda x: x * (1 + torch.erf(x / math.sqrt(2))) / 2,
    "gelu_new": lambda x: x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2,
}
ACTIVATIONS["swish"] = ACTIVATIONS["silu"]
ACTIVATIONS["gelu_pytorch_tanh"] = ACTIVATIONS["gelu_new"]


def linear(w, path, x, outputs, bias=False):
    y = x @ w(f"{path}.weight", outputs, x.shape[-1]).T
    return y + w(f"{path}.bias", outputs) if bias else y


def rms_norm(w, path, x, model):
    """RMSNorm (arXiv 1910.07467) over the last axis; Gemma stores the gain less one."""
    gain = w(f"{path}.weight", x.shape[-1]) + (1 if model.unit_offset else 0)
    return x / torch.sqrt((x * x).mean(-1, keepdim=True) + model.eps) * gain


def layer_norm(w, path, x, eps):
    """LayerNorm (arXiv 1607.06450)."""
    x = x - x.mean(-1, keepdim=True)
    return x / torch.sqrt((x * x).mean(-1, keepdim=True) + eps) * w(f"{path}.weight", x.shape[-1]) + w(f"{path}.bias", x.shape[-1])


def gated(w, path, x, model, width, names=("gate_proj", "up_proj", "down_proj"), bias=False):
    """down(act(gate(x)) · up(x)), a gated unit (arXiv 2002.05202)."""
    gate, up, down = (f"{path}.{name}" for name in names)
    inner = ACTIVATIONS[model.activation](linear(w, gate, x, width, bias)) * linear(w, up, x, width, bias)
    return linear(w, down, inner, model.hidden, bias)


def fused_gated(w, path, x, model):
    """Phi-3: the rows of gate come before those of up in one matrix."""
    gate, up = linear(w, f"{path}.gate_up_proj", x, 2 * model.width).split(model.width, -1)
    return linear(w, f"{path}.down_proj", ACTIVATIONS[model.activation](gate) * up, model.hidden)


def mixture(w, path, x, model, names):
    """The sum of the chosen experts, each times its probability among all, or among the chosen where they are renormalised."""
    e = model.experts
    probability, chosen = torch.softmax(linear(w, f"{path}.gate", x, e.count), -1).topk(e.chosen, -1)
    if e.renormalise:
        probability = probability / probability.sum(-1, keepdim=True)
    out = torch.zeros_like(x)
    for expert in range(e.count):
        row, place = torch.where(chosen == expert)
        y = gated(w, f"{path}.experts.{expert}", x[row], model, e.width, names)
        out[row] += probability[row, place, None] * y
    return out
