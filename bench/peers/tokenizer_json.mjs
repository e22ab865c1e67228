// Has Hugging Face's own library load the tokenizer.json files that CarriedTokenizerTests writes, and says how many of
// llama.cpp's conformance cases (NAME.gguf.inp and .out beside them) come out as they should, and which do not.
//
//   npm install @huggingface/tokenizers && node bench/peers/tokenizer_json.mjs FOLDER
import { createRequire } from "node:module";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const { Tokenizer } = createRequire(join(process.cwd(), "x.js"))("@huggingface/tokenizers");
const folder = process.argv[2];
for (const file of readdirSync(folder).filter((name) => name.endsWith(".gguf")).sort()) {
  const path = join(folder, file.replace(/\.gguf$/, ""), "tokenizer.json");
  if (!existsSync(path)) continue;
  const tokenizer = new Tokenizer(JSON.parse(readFileSync(path, "utf8")), {});
  const texts = readFileSync(join(folder, `${file}.inp`), "utf8").split("\n__ggml_vocab_test__\n");
  const lines = readFileSync(join(folder, `${file}.out`), "utf8").trimEnd().split("\n");
  const wrong = lines
    .map((line, i) => [line.trim(), tokenizer.encode(texts[i], { add_special_tokens: false }).ids.join(" "), texts[i]])
    .filter(([expected, ids]) => expected !== ids);
  console.log(`${file}: ${lines.length - wrong.length} of ${lines.length}`);
  for (const [expected, ids, text] of wrong) console.log(`  ${JSON.stringify(text)}: ${ids} instead of ${expected}`);
}
