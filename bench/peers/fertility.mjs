// Tokens that Hugging Face's own library makes of the built-in sentences, in the order of their files: what
// FertilityFigureTests holds its figures against (tests/Bantam.Tests/Golden/Tokenizers/fertility.json).
//
//   npm install @huggingface/tokenizers && node bench/peers/fertility.mjs src/Bantam.Cli/Fertility/Sentences NAME=tokenizer.json …
import { createRequire } from "node:module";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const { Tokenizer } = createRequire(join(process.cwd(), "x.js"))("@huggingface/tokenizers");
const [folder, ...models] = process.argv.slice(2);
const languages = readdirSync(folder).sort().map((file) => [
  file.replace(/\.txt$/, ""),
  readFileSync(join(folder, file), "utf8").trimEnd().split("\n").map((line) => line.replaceAll("|", "")),
]);
const counts = Object.fromEntries(models.map((model) => {
  const [name, path] = model.split("=");
  const tokenizer = new Tokenizer(JSON.parse(readFileSync(path, "utf8")), {});
  const tokens = (text) => tokenizer.encode(text, { add_special_tokens: false }).ids.length;
  return [name, Object.fromEntries(languages.map(([code, texts]) => [code, texts.reduce((sum, text) => sum + tokens(text), 0)]))];
}));
console.log(`{\n${Object.entries(counts).map(([name, row]) => `  ${JSON.stringify(name)}: ${JSON.stringify(row)}`).join(",\n")}\n}`);
