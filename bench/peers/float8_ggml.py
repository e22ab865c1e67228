#!/usr/bin/env python3
"""Holds tests/Bantam.Tests/Golden/float8.json against ggml, which keeps the scales of its type NVFP4 in E4M3 without
sign: a block whose sixteen codes all stand for 1 decodes to its scale.

    python3 bench/peers/float8_ggml.py path/to/libggml-base.so
"""
import ctypes
import json
import pathlib
import struct
import sys


class InitParams(ctypes.Structure):
    _fields_ = [("mem_size", ctypes.c_size_t), ("mem_buffer", ctypes.c_void_p), ("no_alloc", ctypes.c_bool)]


golden = pathlib.Path(__file__).parents[2] / "tests/Bantam.Tests/Golden/float8.json"
codes = json.loads(golden.read_text())["codes"].split()
ggml = ctypes.CDLL(sys.argv[1])
ggml.ggml_init.restype = ctypes.c_void_p
ggml.ggml_init.argtypes = [InitParams]
ggml.ggml_init(InitParams(1 << 20, None, False))  # fills its tables
different = 0
for code in range(127):
    values = (ctypes.c_float * 64)()
    ggml.dequantize_row_nvfp4(bytes([code] * 4) + b"\x22" * 32, values, ctypes.c_int64(64))
    theirs = struct.pack(">f", values[0]).hex()
    if theirs != codes[code]:
        different += 1
        print(f"0x{code:02x}: ggml {theirs}, golden {codes[code]}")
print(f"{127 - different} of 127 codes are equal")
sys.exit(different > 0)
