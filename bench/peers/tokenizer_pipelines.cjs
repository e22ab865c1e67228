// Small tokenizers of every model with steps around them, and what the Hugging Face library (npm package tokenizers 0.23.2, in Rust)
// makes of texts with them: ids, offsets, decoded texts, pairs, cut and padded. Writes tests/Bantam.Tests/Golden/Tokenizers/pipelines.json.
//
//   npm install tokenizers@0.23.2
//   node bench/peers/tokenizer_pipelines.cjs > tests/Bantam.Tests/Golden/Tokenizers/pipelines.json
//
// Offsets are in UTF-16 units; the package counts code points. Of the random texts only a hash is kept: FNV-1a, 32 bits, over ids, and over offsets.
const { Tokenizer } = require('tokenizers');

const few = ['Hello, World! Héllo wörld', '  two  spaces [MASK] here<s>x', '日本語 and 漢字', 'don\'t stop 123 45', 'İSTANBUL straße', 'e\u0301a ﬁne', '🦙 llama\n\nnew', '', ' ', 'unhappiest newest lowest', 'a<e>b <e> c', 'xyzzy▁q the  [CLS] [SEP] [UNK]'];
let seed = 7;
const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
const parts = [' ', '  ', '\n', '\t', 'the', ' low', 'est', 'new', 'er', 'Hello', 'Wörld', '日', '本', '漢', '1', '42', '.', ',', "'s", '!', '-', '[MASK]', '<s>', '<e>', ' <e> ', 'É', 'e\u0301', 'ﬁ', '🦙', '👩‍💻', '▁', 'мир', 'x', 'zz', '\u00a0', '½', 'İ', '\u200d', 'unhapp', 'iest', '_', 'q'];
const mixed = Array.from({ length: 150 }, () => Array.from({ length: random(9) }, () => parts[random(parts.length)]).join(''));
const corpus = 'the low lower lowest new newer newest unhappy unhappiest happier hello world llama stop the end of the words here and there fine finest'.split(' ');

// Byte-pair encoding learned the plain way; around(character, i, last) spells a character of a word.
const learn = (words, count, spell, join) => {
  let split = words.map(spell);
  const pieces = new Set(split.flat()), merges = [];
  for (let n = 0; n < count; n++) {
    const pairs = new Map();
    for (const word of split) for (let i = 0; i + 1 < word.length; i++) pairs.set(`${word[i]} ${word[i + 1]}`, (pairs.get(`${word[i]} ${word[i + 1]}`) ?? 0) + 1);
    const best = [...pairs].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0];
    if (!best || best[1] < 2) break;
    const [left, right] = best[0].split(' ');
    merges.push([left, right]);
    pieces.add(join(left, right));
    split = split.map((word) => {
      const made = [];
      for (let i = 0; i < word.length; i++) {
        if (word[i] === left && word[i + 1] === right) { made.push(join(left, right)); i++; } else made.push(word[i]);
      }
      return made;
    });
  }
  return { pieces: [...pieces], merges };
};
const number = (pieces, first = []) => Object.fromEntries([...new Set([...first, ...pieces])].map((piece, id) => [piece, id]));
const letters = [...new Set([...few.join(''), ...parts.join('')])].filter((c) => c !== '日' && c !== 'q' && c !== '🦙');
const bytes = () => {
  const map = [];
  let next = 256;
  for (let b = 0; b < 256; b++) map.push(String.fromCodePoint((b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174 ? b : next++));
  return map;
};
const plus = (a, b) => a + b;
const added = (id, content, special, rules = {}) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: !special, special, ...rules });

const suffix = learn(corpus, 60, (word) => [...word].map((c, i, all) => (i === all.length - 1 ? `${c}</w>` : c)), plus);
const inside = learn(corpus, 60, (word) => [...word].map((c, i) => (i ? `##${c}` : c)), (a, b) => a + b.slice(2));
const spaced = learn(corpus.map((word) => `▁${word}`), 60, (word) => [...word], plus);
const level = learn(corpus.map((word) => `Ġ${word}`), 60, (word) => [...word], plus);
const hex = Array.from({ length: 256 }, (_, b) => `<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`);
const special = ['[UNK]', '[CLS]', '[SEP]', '[PAD]', '[MASK]'];
const bertAdded = special.map((name, id) => added(id, name, true, name === '[MASK]' ? { lstrip: true } : {}));
const words = { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 12, vocab: number([...letters, ...letters.map((c) => `##${c}`), ...corpus, '##est', '##ness', 'un', '##happi', 'un##'], special) };
const scores = [['<unk>', 0], ['<s>', 0], ['</s>', 0], ['▁', -2.5], ...letters.map((c, i) => [c, -7 - (i % 13) / 7]), ...spaced.pieces.filter((p) => p.length > 1).map((p, i) => [p, -3 - i / 37]), ['low', -3.3], ['est', -3.3], ['lowest', -6.6]];
const model = {
  bpeSuffix: { type: 'BPE', dropout: null, unk_token: '<unk>', continuing_subword_prefix: '', end_of_word_suffix: '</w>', fuse_unk: false, byte_fallback: false, ignore_merges: false, vocab: number([...suffix.pieces, ...letters.slice(0, 40)], ['<unk>']), merges: suffix.merges },
  bpeInside: { type: 'BPE', dropout: null, unk_token: '<unk>', continuing_subword_prefix: '##', end_of_word_suffix: null, fuse_unk: true, byte_fallback: false, ignore_merges: false, vocab: number([...inside.pieces, ...letters.slice(0, 30), ...letters.map((c) => `##${c}`)], ['<unk>']), merges: inside.merges },
  bpePlain: { type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false, byte_fallback: false, ignore_merges: true, vocab: number([...spaced.pieces, ...letters, '▁unhappy']), merges: spaced.merges },
  bpeFallback: { type: 'BPE', dropout: null, unk_token: '<unk>', continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: true, byte_fallback: true, ignore_merges: false, vocab: number([...hex, ...spaced.pieces, ...letters], ['<unk>', '<s>', '</s>']), merges: spaced.merges },
  bpeBytes: { type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: '', end_of_word_suffix: '', fuse_unk: false, byte_fallback: false, ignore_merges: false, vocab: number([...bytes(), ...level.pieces]), merges: level.merges },
  unigram: { type: 'Unigram', unk_id: 0, vocab: scores, byte_fallback: false },
  unigramBytes: { type: 'Unigram', unk_id: 0, vocab: [...scores, ...hex.map((piece) => [piece, -9])], byte_fallback: true },
  words,
  whole: { type: 'WordLevel', unk_token: '[UNK]', vocab: number([...corpus, 'Hello', 'World', ',', '!', '.', '1', '日', 'x', 'hello', '’'], special) },
};
const seq = (kind, ...steps) => ({ type: 'Sequence', [kind]: steps });
const metaspace = (prepend_scheme, split = true) => ({ type: 'Metaspace', replacement: '▁', prepend_scheme, split });
const byteLevel = (add_prefix_space, use_regex, trim_offsets = true) => ({ type: 'ByteLevel', add_prefix_space, trim_offsets, use_regex });
const bertNormalizer = { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true };
const template = {
  type: 'TemplateProcessing',
  single: [{ SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '[SEP]', type_id: 0 } }],
  pair: [{ SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: 'two', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }, { SpecialToken: { id: '[SEP]', type_id: 1 } }],
  special_tokens: { '[CLS]': { id: '[CLS]', ids: [1], tokens: ['[CLS]'] }, '[SEP]': { id: '[SEP]', ids: [2], tokens: ['[SEP]'] }, two: { id: 'two', ids: [2, 3], tokens: ['[SEP]', '[PAD]'] } },
};
const make = (parts) => ({ version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, ...parts });
const end = (m) => (Array.isArray(m.vocab) ? m.vocab.length : Object.keys(m.vocab).length);
const tokenizers = {
  bert: make({ model: model.words, added_tokens: bertAdded, normalizer: bertNormalizer, pre_tokenizer: { type: 'BertPreTokenizer' }, post_processor: template, decoder: { type: 'WordPiece', prefix: '##', cleanup: true }, truncation: { direction: 'Right', max_length: 12, strategy: 'LongestFirst', stride: 0 }, padding: { strategy: 'BatchLongest', direction: 'Right', pad_to_multiple_of: 8, pad_id: 3, pad_type_id: 2, pad_token: '[PAD]' } }),
  bertCased: make({ model: model.words, added_tokens: bertAdded, normalizer: { ...bertNormalizer, lowercase: false }, pre_tokenizer: { type: 'BertPreTokenizer' }, post_processor: { type: 'BertProcessing', sep: ['[SEP]', 2], cls: ['[CLS]', 1] }, decoder: { type: 'WordPiece', prefix: '##', cleanup: false }, truncation: { direction: 'Left', max_length: 9, strategy: 'OnlyFirst', stride: 0 }, padding: { strategy: { Fixed: 16 }, direction: 'Left', pad_to_multiple_of: null, pad_id: 3, pad_type_id: 0, pad_token: '[PAD]' } }),
  words: make({ model: model.words, added_tokens: [...bertAdded, added(end(words), '<e>', false, { single_word: true }), added(end(words) + 1, 'zz', false)], normalizer: seq('normalizers', { type: 'NFD' }, { type: 'Lowercase' }, { type: 'StripAccents' }), pre_tokenizer: seq('pretokenizers', { type: 'Whitespace' }, { type: 'Digits', individual_digits: true }), decoder: { type: 'WordPiece', prefix: '##', cleanup: true } }),
  whole: make({ model: model.whole, added_tokens: bertAdded, normalizer: { type: 'NFKC' }, pre_tokenizer: seq('pretokenizers', { type: 'WhitespaceSplit' }, { type: 'Punctuation', behavior: 'Isolated' }) }),
  clip: make({ model: model.bpeSuffix, added_tokens: [added(0, '<unk>', true), added(end(model.bpeSuffix), '<s>', true), added(end(model.bpeSuffix) + 1, '<e>', true, { normalized: true, rstrip: true })], normalizer: seq('normalizers', { type: 'NFC' }, { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' }, { type: 'Lowercase' }), pre_tokenizer: { type: 'Split', pattern: { Regex: "<\\|s\\|>|'s|'t|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" }, behavior: 'Removed', invert: true }, post_processor: { type: 'RobertaProcessing', sep: ['<e>', end(model.bpeSuffix) + 1], cls: ['<s>', end(model.bpeSuffix)], trim_offsets: false, add_prefix_space: false }, decoder: { type: 'BPEDecoder', suffix: '</w>' } }),
  gpt1: make({ model: model.bpeSuffix, added_tokens: [], normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: true, lowercase: true }, pre_tokenizer: { type: 'BertPreTokenizer' }, decoder: { type: 'BPEDecoder', suffix: '</w>' } }),
  inside: make({ model: model.bpeInside, added_tokens: [added(0, '<unk>', false)], normalizer: { type: 'Lowercase' }, pre_tokenizer: { type: 'WhitespaceSplit' }, decoder: { type: 'WordPiece', prefix: '##', cleanup: false } }),
  plain: make({ model: model.bpePlain, added_tokens: [added(end(model.bpePlain), '<s>', true), added(end(model.bpePlain) + 1, '[MASK]', false, { lstrip: true, rstrip: true, normalized: false })], pre_tokenizer: metaspace('first'), decoder: metaspace('first') }),
  fallback: make({ model: model.bpeFallback, added_tokens: [added(0, '<unk>', true), added(1, '<s>', true), added(2, '</s>', true)], normalizer: seq('normalizers', { type: 'NFKC' }, { type: 'Prepend', prepend: '▁' }, { type: 'Replace', pattern: { String: ' ' }, content: '▁' }), decoder: seq('decoders', { type: 'Replace', pattern: { String: '▁' }, content: ' ' }, { type: 'ByteFallback' }, { type: 'Fuse' }, { type: 'Strip', content: ' ', start: 1, stop: 0 }) }),
  first: make({ model: model.bpeFallback, added_tokens: [added(0, '<unk>', true), added(1, '<s>', true), added(2, '</s>', true)], pre_tokenizer: metaspace('first', false), decoder: seq('decoders', { type: 'Replace', pattern: { String: '▁' }, content: ' ' }, { type: 'ByteFallback' }, { type: 'Fuse' }) }),
  roberta: make({ model: model.bpeBytes, added_tokens: [added(end(model.bpeBytes), '<s>', true), added(end(model.bpeBytes) + 1, '<e>', true, { lstrip: true })], pre_tokenizer: byteLevel(true, true), post_processor: { type: 'RobertaProcessing', sep: ['<e>', end(model.bpeBytes) + 1], cls: ['<s>', end(model.bpeBytes)], trim_offsets: true, add_prefix_space: true }, decoder: byteLevel(true, true) }),
  unnamed: make({ model: model.bpeBytes, added_tokens: [added(end(model.bpeBytes), '<s>', true)], pre_tokenizer: seq('pretokenizers', { type: 'Split', pattern: { Regex: ' ?\\p{L}{1,3}|\\p{N}{1,2}|\\s+|[^\\s\\p{L}\\p{N}]' }, behavior: 'Isolated', invert: false }, byteLevel(false, false, false)), post_processor: byteLevel(true, true, false), decoder: byteLevel(true, true) }),
  mixedBytes: make({ model: model.bpeBytes, added_tokens: [], normalizer: { type: 'Lowercase' }, pre_tokenizer: seq('pretokenizers', { type: 'Split', pattern: { Regex: '\\s' }, behavior: 'MergedWithNext', invert: false }, byteLevel(false, false)), decoder: byteLevel(true, true) }),
  t5: make({ model: model.unigram, added_tokens: [added(0, '<unk>', true), added(1, '<s>', true), added(2, '</s>', true)], normalizer: seq('normalizers', { type: 'Nmt' }, { type: 'NFKC' }, { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' }), pre_tokenizer: seq('pretokenizers', { type: 'WhitespaceSplit' }, metaspace('always')), post_processor: { ...template, single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }], pair: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }, { Sequence: { id: 'B', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }], special_tokens: { '</s>': { id: '</s>', ids: [2], tokens: ['</s>'] } } }, decoder: metaspace('always') }),
  unigramBytes: make({ model: model.unigramBytes, added_tokens: [added(0, '<unk>', true), added(end(model.unigramBytes), '<e>', false)], normalizer: { type: 'NFKD' }, pre_tokenizer: metaspace('never'), decoder: seq('decoders', { type: 'ByteFallback' }, metaspace('never')) }),
};

const units = (text) => [...text].reduce((at, point) => [...at, at.at(-1) + point.length], [0]);
const hash = (numbers) => numbers.reduce((h, n) => { for (let s = 0; s < 32; s += 8) h = Math.imul(h ^ ((n >> s) & 255), 16777619) >>> 0; return h; }, 2166136261).toString(16).padStart(8, '0');

(async () => {
  const result = {};
  for (const [name, json] of Object.entries(tokenizers)) {
    const whole = Tokenizer.fromString(JSON.stringify(json));
    const bare = Tokenizer.fromString(JSON.stringify({ ...json, truncation: null, padding: null }));
    const encode = async (text) => {
      const e = await bare.encode(text, null, { addSpecialTokens: true });
      const at = units(text);
      return { ids: e.getIds(), offsets: e.getOffsets().map(([a, b]) => [at[a], at[b]]) };
    };
    const cases = [];
    for (const text of few) {
      const { ids, offsets } = await encode(text);
      const plain = (await bare.encode(text, null, { addSpecialTokens: false })).getIds();
      cases.push({ ids, offsets: offsets.flat(), shown: await bare.decode(ids, false), hidden: await bare.decode(ids, true), plain: await bare.decode(plain, true) });
    }
    const hashes = [];
    for (const text of mixed) {
      const { ids, offsets } = await encode(text);
      hashes.push(`${hash(ids)} ${hash(offsets.flat())}`);
    }
    const pairs = [];
    for (const [a, b] of [[few[0], few[3]], [few[1], ''], [few[9], few[9] + few[0]]]) {
      const e = await bare.encode(a, b, { addSpecialTokens: true });
      pairs.push({ a, b, ids: e.getIds(), types: e.getTypeIds() });
    }
    let batch = null;
    if (json.truncation) {
      const e = await whole.encodeBatch(few.slice(0, 6).concat(few.slice(9)));
      batch = { ids: e.map((row) => row.getIds()), mask: e.map((row) => row.getAttentionMask()), types: e.map((row) => row.getTypeIds()), pair: [] };
      for (const [a, b] of [[few[0], few[3]], [few[9], few[9] + few[0]], [few[0], 'x']]) batch.pair.push({ a, b, ids: await whole.encode(a, b).then((row) => row.getIds(), () => null) });
    }
    result[name] = { json, cases, hashes, pairs, batch };
  }
  console.log(`{"made": "node bench/peers/tokenizer_pipelines.cjs, npm tokenizers 0.23.2",\n"few": ${JSON.stringify(few)},\n"mixed": ${JSON.stringify(mixed)},\n"tokenizers": {\n${Object.entries(result).map(([name, value]) => `"${name}": ${JSON.stringify(value)}`).join(',\n')}\n}}`);
})();
