// Encodes one text with Bantam and with Hugging Face's JavaScript library, turn by turn on one core, and writes the speed of
// both, their ratio (the median of all pairs, the least and the greatest) and whether their ids agree. Each TOKENIZER_FOLDER
// holds a tokenizer.json, such as those that CarriedTokenizerTests writes.
//
//   npm install @huggingface/transformers@4.3.1
//   dotnet build -c Release bench/Bantam.Benchmarks
//   taskset -c 1 node bench/peers/tokenizer_speed.mjs TEXT PAIRS TOKENIZER_FOLDER...
import { spawn } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";
import { createInterface } from "node:readline";

const { PreTrainedTokenizer } = createRequire(join(process.cwd(), "x.js"))("@huggingface/transformers");
const [textFile, pairs, ...folders] = process.argv.slice(2);
const text = readFileSync(textFile, "utf8");
const megabytes = statSync(textFile).size / 1e6;
const program = resolve(import.meta.dirname, "../Bantam.Benchmarks/bin/Release/net10.0/Bantam.Benchmarks.dll");

for (const folder of folders) {
  const file = join(folder, "tokenizer.json");
  const settings = join(folder, "tokenizer_config.json");
  let start = performance.now();
  const theirs = new PreTrainedTokenizer(JSON.parse(readFileSync(file, "utf8")), existsSync(settings) ? JSON.parse(readFileSync(settings, "utf8")) : {});
  const made = performance.now() - start;

  const child = spawn("dotnet", [program, "tokenizer-speed", file, textFile], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => (await lines.next()).value.split(" ").map(Number);
  const [ourRead, ourMade, ourMadeAgain] = await line();
  const ask = async () => (child.stdin.write("\n"), line());

  const measured = [];
  let agree = true;
  // The first two pairs only warm up.
  for (let i = -2; i < Number(pairs); i++) {
    const [ours, count, sum] = await ask();
    start = performance.now();
    const ids = theirs.encode(text, { add_special_tokens: false });
    const their = performance.now() - start;
    agree &&= ids.length === count && ids.reduce((a, b) => a + Number(b), 0) === sum;
    if (i >= 0) measured.push({ ours: (megabytes * 1000) / ours, theirs: (megabytes * 1000) / their, ratio: their / ours });
  }
  child.stdin.end();
  const range = (of) => {
    const values = measured.map(of).sort((a, b) => a - b);
    return `${values[values.length >> 1].toFixed(1)} (${values[0].toFixed(1)} to ${values.at(-1).toFixed(1)})`;
  };
  console.log(
    `${basename(folder)}: ours ${range((m) => m.ours)} MB/s, theirs ${range((m) => m.theirs)} MB/s, ratio ${range((m) => m.ratio)}, ` +
      `ids ${agree ? "agree" : "DIFFER"}; reading and making ours ${ourRead} + ${ourMade} ms (again ${ourMadeAgain}), theirs ${made.toFixed(0)} ms`,
  );
}
