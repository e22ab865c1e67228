#!/usr/bin/env python3
"""8-bit floats of the kind E4M3 (OCP 8-bit Floating Point Specification, finite values only) in exact rational
arithmetic: what every code means, what numbers round to, and what matrices with scales decode to.

    python3 bench/peers/float8_golden.py > tests/Bantam.Tests/Golden/float8.json

Standard library only. Floats are written as the eight hexadecimal digits of their binary32.
"""
import json
import math
import struct
import sys
from fractions import Fraction


def value(code):
    """The number of a code, None for a NaN: bias 7, three bits of mantissa, no infinities."""
    exponent, mantissa = (code >> 3) & 15, code & 7
    if exponent == 15 and mantissa == 7:
        return None
    magnitude = Fraction(mantissa, 8) * Fraction(1, 64) if exponent == 0 else (1 + Fraction(mantissa, 8)) * Fraction(2) ** (exponent - 7)
    return -magnitude if code & 128 else magnitude


def bits(x):
    return struct.unpack("<I", struct.pack("<f", x))[0]


def single(pattern):
    return struct.unpack("<f", struct.pack("<I", pattern))[0]


def encode(pattern):
    """The code nearest to a float, the even one of two that are equally near; beyond 448 the last one."""
    x = single(pattern)
    sign = pattern >> 31 << 7
    if math.isnan(x):
        return sign | 127
    if math.isinf(x):
        return sign | 126
    target = abs(Fraction(x))
    return sign | min(range(127), key=lambda code: (abs(value(code) - target), code & 1))


def decoded(code):
    v = value(code)
    if v is None:
        return "nan"
    # -0 is a float that no fraction is.
    return f"{bits(float(v)) | (code & 128) << 24:08x}"


def inputs():
    """Every boundary between two codes with its neighbours among the floats, and the ends of the range."""
    patterns = [0, 1, bits(448.0), bits(463.99997), bits(464.0), bits(480.0), bits(1e30), 0x7F7FFFFF, 0x7F800000, 0x7FC00000]
    for code in range(126):
        middle = bits(float((value(code) + value(code + 1)) / 2))
        patterns += [middle - 1, middle, middle + 1, bits(float(value(code + 1)))]
    return patterns + [p | 1 << 31 for p in patterns]


class Random:
    """Knuth's MMIX generator, upper half."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & (1 << 64) - 1
        return self.state >> 32


def matrix(random, rows, columns, row_block, column_block, bf16):
    """Random codes without NaN, random scales from 2^-12 to 2^-4, and their products, each rounded once."""
    codes = [code for code in (random.next() >> 24 for _ in range(100 * rows * columns)) if code & 127 != 127][: rows * columns]
    across = -(-columns // column_block)
    patterns = [(115 + random.next() % 8 << 23) | random.next() >> 9 for _ in range(-(-rows // row_block) * across)]
    if bf16:
        patterns = [p & 0xFFFF0000 for p in patterns]
    products = []
    for r in range(rows):
        for c in range(columns):
            code = codes[r * columns + c]
            # 4 bits times 24 bits: exact in a double, so that packing it as a float rounds once. The product of a zero keeps its sign.
            product = float(value(code)) * single(patterns[r // row_block * across + c // column_block])
            products.append(f"{bits(product) | (code & 128) << 24:08x}")
    return {
        "shape": [rows, columns],
        "block": [row_block, column_block],
        "scale_type": "BF16" if bf16 else "F32",
        "codes": bytes(codes).hex(),
        "scales": " ".join(f"{p:08x}" for p in patterns),
        "values": " ".join(products),
    }


def main():
    random = Random(8)
    patterns = inputs()
    json.dump(
        {
            "made by": "bench/peers/float8_golden.py",
            "codes": " ".join(decoded(code) for code in range(256)),
            "numbers": " ".join(f"{p:08x}" for p in patterns),
            "encoded": bytes(encode(p) for p in patterns).hex(),
            "matrices": {
                "one scale per tensor": matrix(random, 3, 20, 3, 20, False),
                "one scale per output": matrix(random, 3, 20, 1, 20, True),
                "one scale per block, the last ones incomplete": matrix(random, 6, 43, 4, 16, False),
            },
        },
        sys.stdout,
        indent=1,
    )
    print()


main()
