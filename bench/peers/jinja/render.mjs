// Renders every template with every conversation in @huggingface/jinja, as transformers.js does.
//
//   npm install @huggingface/jinja@0.5.11
//   node render.mjs TEMPLATES CONVERSATIONS > renders.json
//
// The clock stands at 2025-07-10T12:00:00Z. A render is {"text"} or {"error"}.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";

const { Template } = createRequire(process.cwd() + "/")("@huggingface/jinja");
const [folder, conversations] = process.argv.slice(2);
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length ? given : ["2025-07-10T12:00:00Z"]));
  }
};

const renders = {};
for (const file of readdirSync(folder).filter((name) => name.endsWith(".jinja")).sort()) {
  const source = readFileSync(`${folder}/${file}`, "utf8");
  renders[file] = JSON.parse(readFileSync(conversations, "utf8")).map(({ values }) => {
    try {
      return { text: new Template(source).render(values) };
    } catch (error) {
      return { error: error.message };
    }
  });
}
console.log(JSON.stringify(renders));
