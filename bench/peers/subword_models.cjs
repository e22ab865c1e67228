// What the Hugging Face tokenizers library makes of random words with small random models of every kind, for the tests to compare with.
//
//     npm install tokenizers@0.23.2            # its Node binding: the library itself, in Rust
//     node bench/peers/subword_models.cjs tests/Bantam.Tests/Golden/Tokenizers/subword-models.json
//
// Each model is a tokenizer.json without steps, so that its model sees the words as they are. With a number behind the
// path, so many models of each kind; a longer run than the committed one takes a minute.
const { Tokenizer } = require('tokenizers');
const fs = require('fs');

let state = 12345;
const random = (below) => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return (state >>> 8) % below;
};
const pick = (list) => list[random(list.length)];
const ALPHABETS = [['a', 'b'], ['a', 'b', 'c', '▁'], ['a', 'é', '語', '🦙', '▁'], ['▁', 'x', 'y', '#', '<']];
const word = (letters, most) => Array.from({ length: 1 + random(most) }, () => pick(letters)).join('');
const bytes = (list) => list.map((b) => `<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`);
// Those that the words are spelled with; the library does not ask for the others.
const SPELLING = [...new Set(Buffer.from(ALPHABETS.flat().join('') + 'zß𝒳/w'))].sort((a, b) => a - b);
const allBytes = () => bytes(SPELLING);
const someBytes = () => bytes(SPELLING.filter(() => random(3) > 0));

function pieces(letters, count, most) {
  const texts = new Set(letters.filter(() => random(5) > 0));
  for (let i = 0; i < count; i++) texts.add(word(letters, most));
  return [...texts];
}

function unigram(letters) {
  const fallback = random(3) === 0;
  const texts = ['<unk>', ...pieces(letters, 12, 4), ...(fallback ? (random(2) ? allBytes() : someBytes()) : [])];
  // Whole scores make ties, others rounding; of long decimals the library reads some a little wrong.
  const score = random(2) ? () => -1 - random(4) : () => -Number((random(100000) / 7919).toFixed(6));
  return { type: 'Unigram', unk_id: 0, vocab: texts.map((t, i) => [t, i === 0 ? 0 : score()]), byte_fallback: fallback };
}

function ids(texts) {
  return Object.fromEntries(texts.map((text, id) => [text, id]));
}

function wordPiece(letters) {
  const prefix = pick(['##', '##', '#']);
  const texts = [...new Set(['[UNK]', ...pieces(letters, 8, 3), ...pieces(letters, 8, 3).map((p) => prefix + p)])];
  return { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: prefix, max_input_chars_per_word: pick([100, 12]), vocab: ids(texts) };
}

function wordLevel(letters) {
  return { type: 'WordLevel', unk_token: '<unk>', vocab: ids([...new Set(['<unk>', ...pieces(letters, 20, 2)])]) };
}

function bpe(letters) {
  const [prefix, suffix, fallback, unknown] = [pick(['', '', '##']), pick(['', '', '</w>']), random(3) === 0, random(4) > 0];
  const texts = new Set(unknown ? ['<unk>'] : []);
  const shapes = (c) => [c, prefix + c, c + suffix, prefix + c + suffix];
  for (const c of letters) for (const shape of shapes(c)) if (random(6) > 0) texts.add(shape);
  if (fallback) (random(2) ? allBytes() : someBytes()).forEach((b) => texts.add(b));
  const merges = [], seen = new Set();
  for (let i = 0; i < 60; i++) {
    const known = [...texts].filter((t) => !/^<0x|<unk>/.test(t));
    const [a, b] = [pick(known), pick(known)];
    if ((prefix && !b.startsWith(prefix)) || (suffix && a.endsWith(suffix)) || seen.has(a + ' ' + b)) continue;
    const made = a + b.slice(prefix.length);
    if ([...made].length > 7 + prefix.length + suffix.length) continue;
    seen.add(a + ' ' + b);
    texts.add(made);
    merges.push([a, b]);
  }
  return {
    type: 'BPE', dropout: null, unk_token: unknown ? '<unk>' : null, continuing_subword_prefix: prefix || null, end_of_word_suffix: suffix || null,
    fuse_unk: random(2) === 0, byte_fallback: fallback, ignore_merges: random(3) === 0, vocab: ids([...texts]), merges,
  };
}

(async () => {
  const [, , out, count = '4'] = process.argv;
  const models = [];
  for (const make of [unigram, wordPiece, wordLevel, bpe]) {
    for (let i = 0; i < Number(count) * (make === wordLevel ? 1 : 3); i++) {
      const letters = pick(ALPHABETS);
      const json = { version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, model: make(letters) };
      const tokenizer = Tokenizer.fromString(JSON.stringify(json));
      const cases = {};
      for (let k = 0; k < 30; k++) {
        const text = word([...letters, ...letters, pick(['z', 'ß', '𝒳'])], pick([3, 8, 20]));
        cases[text] = (await tokenizer.encode(text)).getIds();
      }
      models.push({ model: json.model, cases });
    }
  }
  fs.writeFileSync(out, JSON.stringify({ made_by: 'bench/peers/subword_models.cjs, tokenizers 0.23.2', models }) + '\n');
})();
