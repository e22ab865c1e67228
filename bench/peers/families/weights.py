"""Reads the tensors of a Hugging Face directory, from the safetensors specification (github.com/huggingface/safetensors).

A file is eight bytes of length, a JSON header and the data; several files share a model by model.safetensors.index.json.
Weights come out in the computation's type with the value that is stored: F16 and BF16 exactly, F8_E4M3 times its scale.
"""
import json
import math
import struct
import sys
from pathlib import Path

import numpy
import torch

BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1}


def e4m3():
    """All 256 values of OCP's FP8 E4M3 (sign, 4 bits of exponent with bias 7, 3 of fraction; no infinities, 0x7F is NaN)."""
    values = []
    for byte in range(256):
        exponent, fraction = byte >> 3 & 15, byte & 7
        value = math.ldexp(fraction, -9) if exponent == 0 else math.ldexp(8 + fraction, exponent - 10)
        values.append(math.copysign(math.nan if byte & 127 == 127 else value, -1 if byte & 128 else 1))
    return numpy.array(values)


class Weights:
    """The tensors of a directory by name; remembers which were asked for."""

    def __init__(self, directory, dtype, block=None):
        """block: rows and columns that share an 8-bit scale, weight_block_size of the quantization_config."""
        self.dtype, self.block, self.asked, self.tensors = dtype, block, set(), {}
        directory = Path(directory)
        index = directory / "model.safetensors.index.json"
        files = sorted(set(json.loads(index.read_text())["weight_map"].values())) if index.exists() else ["model.safetensors"]
        for file in files:
            self._header(directory / file)

    def _header(self, path):
        data = numpy.memmap(path, dtype=numpy.uint8, mode="r")
        (length,) = struct.unpack("<Q", data[:8].tobytes())
        for name, tensor in json.loads(data[8 : 8 + length].tobytes()).items():
            if name == "__metadata__":
                continue
            if name in self.tensors:
                sys.exit(f"{path}: {name} is there twice")
            begin, end = (8 + length + offset for offset in tensor["data_offsets"])
            if tensor["dtype"] not in BYTES:
                sys.exit(f"{path}: {name} is {tensor['dtype']}; {', '.join(BYTES)} are read")
            if end - begin != math.prod(tensor["shape"]) * BYTES[tensor["dtype"]] or end > len(data):
                sys.exit(f"{path}: the bytes of {name} do not fit its shape {tensor['shape']}")
            self.tensors[name] = tensor["dtype"], tensor["shape"], data[begin:end]

    def __contains__(self, name):
        return name in self.tensors

    def __call__(self, name, *shape):
        """The tensor of that name, which must have that shape."""
        if name not in self.tensors:
            sys.exit(f"{name} {list(shape)} is missing")
        dtype, stored, raw = self.tensors[name]
        if tuple(stored) != shape:
            sys.exit(f"{name} is {stored}, not {list(shape)}")
        self.asked.add(name)
        return torch.from_numpy(self._values(name, dtype, raw).reshape(shape)).to(self.dtype)

    def _values(self, name, dtype, raw):
        if dtype == "BF16":
            return (raw.view("<u2").astype("<u4") << 16).view("<f4")
        if dtype == "F8_E4M3":
            return self._scaled(name, e4m3()[raw])
        return raw.view({"F64": "<f8", "F32": "<f4", "F16": "<f2"}[dtype]).copy()

    def _scaled(self, name, values):
        """weight_scale_inv has a factor per block, weight_scale one per tensor or per row; both multiply."""
        for suffix in "_scale_inv", "_scale":
            if name + suffix not in self.tensors:
                continue
            dtype, shape, raw = self.tensors[name + suffix]
            self.asked.add(name + suffix)
            scale = self._values(name + suffix, dtype, raw).astype(numpy.float64)
            rows, columns = self.tensors[name][1]
            if scale.size == 1:
                return values * scale
            if scale.size == rows and shape in ([rows, 1], [rows]):
                return values.reshape(rows, columns) * scale.reshape(rows, 1)
            height, width = self.block or (128, 128)
            if shape != [-(-rows // height), -(-columns // width)]:
                sys.exit(f"{name}{suffix} is {shape}: neither per tensor, nor per row, nor per block of {height} × {width}")
            scale = scale.reshape(shape).repeat(height, 0)[:rows].repeat(width, 1)[:, :columns]
            return values.reshape(rows, columns) * scale
        sys.exit(f"{name} is F8_E4M3 without a weight_scale_inv or weight_scale")

    def unread(self):
        """Tensors that the computation did not ask for, without those that no computation of logits has: masks, tables of
        rotation, a head's copy of a tied embedding, scales of activations."""
        spare = (".rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias", "lm_head.weight", ".input_scale", ".k_scale", ".v_scale")
        return sorted(name for name in self.tensors if name not in self.asked and not name.endswith(spare))
