"""A GPT-2 in ONNX Runtime's fused form (EmbedLayerNormalization, Attention, SkipLayerNormalization, FastGelu) as a Hugging Face
directory, and again as ONNX with other vectors: the published fixture has zeros for all biases and ones for all gains.

ONNX is protobuf: a field is a key (number · 8 + kind) and a value. Used: the model's graph is field 7, a graph's
initialisers are field 5, and of those 1 is the dimensions, 8 the name, 9 the bytes.
"""
import json

import numpy
import torch

from random_directory import save


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def fields(data, begin, end):
    """(number, value or None, begin, end) of each field of a message; value where it is a number."""
    while begin < end:
        key, begin = varint(data, begin)
        if key & 7 == 0:
            value, begin = varint(data, begin)
            yield key >> 3, value, begin, begin
            continue
        size, begin = varint(data, begin) if key & 7 == 2 else ({1: 8, 5: 4}[key & 7], begin)
        yield key >> 3, None, begin, begin + size
        begin += size


def initialisers(data):
    """name: (dimensions, begin, end of its floats) of every tensor of the graph."""
    out = {}
    (graph,) = [(b, e) for number, _, b, e in fields(data, 0, len(data)) if number == 7]
    for number, _, begin, end in fields(data, *graph):
        if number == 5:
            parts = list(fields(data, begin, end))
            name = next(data[b:e].decode() for n, _, b, e in parts if n == 8)
            place = next((b, e) for n, _, b, e in parts if n == 9)
            out[name] = [v for n, v, _, _ in parts if n == 1], *place
    return out


def unpack(source, directory):
    """Writes DIRECTORY/model.onnx with random vectors and the same model as config.json and model.safetensors. The file has
    equal tensors only once, so that one vector is the bias of many layers."""
    directory.mkdir(parents=True, exist_ok=True)
    data = bytearray(source.read_bytes())
    found = initialisers(bytes(data))
    random, tensors = numpy.random.default_rng(1), {}
    for name, (shape, begin, end) in found.items():
        if len(shape) == 1:
            values = random.standard_normal(shape) * 0.3 + (1 if name.endswith("weight") else 0)
            data[begin:end] = values.astype("<f4").tobytes()
        tensors[name] = torch.from_numpy(numpy.frombuffer(bytes(data[begin:end]), "<f4").reshape(shape).copy())
    (directory / "model.onnx").write_bytes(data)

    (vocabulary, hidden), (positions, _) = (tensors[f"transformer.{n}.weight"].shape for n in ("wte", "wpe"))
    (head,) = [tensors.pop(name) for name in list(tensors) if name.startswith("onnx::MatMul")]
    assert torch.equal(head.T, tensors["transformer.wte.weight"])
    layers = sum(name.endswith("attn.c_attn.weight") for name in tensors)
    first = "transformer.h.0."
    narrow = tensors[first + "ln_1.bias"]
    shared = {"ln_1.weight": tensors[first + "ln_1.weight"], "ln_1.bias": narrow, "ln_2.weight": tensors[first + "ln_1.weight"], "ln_2.bias": narrow,
              "attn.c_attn.bias": tensors[first + "attn.c_attn.bias"], "attn.c_proj.bias": narrow,
              "mlp.c_fc.bias": tensors[first + "mlp.c_fc.bias"], "mlp.c_proj.bias": narrow}
    for layer in range(layers):
        tensors |= {f"transformer.h.{layer}.{name}": tensor for name, tensor in shared.items()}
    tensors |= {"transformer.ln_f.weight": shared["ln_1.weight"], "transformer.ln_f.bias": narrow}
    save(directory / "model.safetensors", tensors)
    (directory / "config.json").write_text(json.dumps({
        "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "n_embd": hidden, "n_head": 4, "n_layer": layers,
        "n_positions": positions, "vocab_size": vocabulary, "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new"}) + "\n")
