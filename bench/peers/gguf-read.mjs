// What @huggingface/gguf makes of a GGUF file, as JSON: an opinion from outside on the files that Bantam writes.
//   npm install @huggingface/gguf@0.4.6
//   node bench/peers/gguf-read.mjs tests/Bantam.Tests/Golden/peer.gguf > tests/Bantam.Tests/Golden/peer.gguf.json
import { gguf, GGUFValueType, GGMLQuantizationType } from "@huggingface/gguf";

const { typedMetadata, tensorInfos, tensorDataOffset } = await gguf(process.argv[2], { typedMetadata: true, allowLocalFile: true });
const { version, tensor_count, kv_count, ...pairs } = typedMetadata;
const result = {
  version: version.value,
  dataOffset: tensorDataOffset,
  metadata: Object.entries(pairs).map(([key, { value, type, subType }]) => ({
    key,
    type: GGUFValueType[type],
    ...(subType === undefined ? {} : { elementType: GGUFValueType[subType] }),
    value,
  })),
  tensors: tensorInfos.map(({ name, shape, dtype, offset }) => ({ name, shape, dtype: GGMLQuantizationType[dtype], offset })),
};
// Every number becomes text, because JSON has no 64-bit integers.
console.log(JSON.stringify(result, (_, v) => (typeof v === "bigint" || typeof v === "number" ? String(v) : v), 2));
