"""Reads a safetensors file with nothing but Python's standard library, from the format's specification.

    python3 bench/peers/read_safetensors.py model.safetensors

Prints one line per tensor in the order of the file: name, dtype, shape and the SHA-256 of its bytes. Exits with 1 where
the offsets do not cover the data exactly or a shape does not match its bytes.
"""

import hashlib
import json
import math
import struct
import sys

BITS = {"BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
        "I32": 32, "U32": 32, "F32": 32, "I64": 64, "U64": 64, "F64": 64}

with open(sys.argv[1], "rb") as file:
    (length,) = struct.unpack("<Q", file.read(8))
    header = json.loads(file.read(length))
    data = file.read()

metadata = header.pop("__metadata__", {})
if not all(isinstance(value, str) for value in metadata.values()):
    sys.exit("metadata is not text")
end = 0
for name, tensor in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
    start, stop = tensor["data_offsets"]
    if start != end or (stop - start) * 8 != math.prod(tensor["shape"]) * BITS[tensor["dtype"]]:
        sys.exit(f"{name} lies wrong")
    end = stop
    print(name, tensor["dtype"], tensor["shape"], hashlib.sha256(data[start:stop]).hexdigest())
if end != len(data):
    sys.exit("the tensors do not cover the file")
