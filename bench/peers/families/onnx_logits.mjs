// Logits of a GPT-2 in ONNX Runtime's fused form, as JSON rows. The package lies where NODE_MODULES says:
//     npm install --ignore-scripts onnxruntime-node
//     NODE_MODULES=…/node_modules node bench/peers/families/onnx_logits.mjs model.onnx 1,5,7
import { createRequire } from "node:module";

const [model, text] = process.argv.slice(2);
const ort = createRequire(process.env.NODE_MODULES + "/")("onnxruntime-node");
const session = await ort.InferenceSession.create(model);
const tokens = text.split(",").map(Number);
const row = (values) => new ort.Tensor("int32", Int32Array.from(values), [1, tokens.length]);
const feeds = { input_ids: row(tokens), position_ids: row(tokens.keys()), attention_mask: row(tokens.map(() => 1)) };
for (const { name, shape } of session.inputMetadata.filter((input) => input.name.startsWith("past_")))
  feeds[name] = new ort.Tensor("float32", new Float32Array(0), [2, 1, shape[2], 0, shape[4]]);
const { logits } = await session.run(feeds);
const width = logits.dims[2];
console.log(JSON.stringify(tokens.map((_, i) => Array.from(logits.data.subarray(i * width, (i + 1) * width)))));
