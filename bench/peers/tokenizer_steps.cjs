// What the Hugging Face library (github.com/huggingface/tokenizers, in Rust; npm package tokenizers 0.23.2) makes of the texts
// below with every step that a tokenizer.json may have. Writes tests/Bantam.Tests/Golden/Tokenizers/steps.json.
//
//   npm install tokenizers@0.23.2
//   node bench/peers/tokenizer_steps.cjs > tests/Bantam.Tests/Golden/Tokenizers/steps.json
//
// Offsets are in UTF-16 units here; the package counts code points. With the argument "points" it writes, step by step, what
// becomes of every code point between two letters, to be compared by hand.
const { Tokenizer } = require('tokenizers');

const bare = { version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
const make = (parts) => Tokenizer.fromString(JSON.stringify({ ...bare, model: { type: 'WordLevel', vocab: { '[UNK]': 0 }, unk_token: '[UNK]' }, ...parts }));
const units = (text) => {
  const at = [0];
  for (const point of text) at.push(at.at(-1) + point.length);
  return at;
};

const texts = [
  '', ' ', '  ', 'a', 'Hello, World!', '  Hey friend!   How are you?!? ', 'naïve café Ångström', 'e\u0301a\u0308\u0323 \u0344x', 'ﬁ ｶﾞ ① ½ Ⅷ ㈱ \u00a0x\u3000y', '가각힣 \u1100\u1161\u11a8',
  'İstanbul ΑΣ Σ straße ẞ ǅ', '日本語とカタカナー、漢字。', '中文abc漢', 'don\'t won\'t I\'ll I\'VE \'s', 'tab\tnew\nline\r\nend\u2028x\u0085y', 'zero\u200bwidth\u200djoin\ufeff', 'nul\0 del\x7f esc\x1b \ufffd \u00ad', '3.14 1,000 2026 ٣٤ ²',
  'a_b-c--d...', '$5 + 3 = 8 <tag> ^~`|', '🦙👍🏽👩‍💻 x', '𝒳𝟘𐐀 𐐨', 'мир Мир κόσμος', 'שלום مرحبا नमस्ते', '▁under▁score ▁▁', 'a  b   c', 'x²y ½z aⅧb ⓐc\u200dd _e', '\n\n  indented', 'x\u0300\u0301y\u0327', 'Ḥ̂', '[UNK] <s> a<s>b',
];

const normalizers = [
  { type: 'NFC' }, { type: 'NFD' }, { type: 'NFKC' }, { type: 'NFKD' }, { type: 'Lowercase' }, { type: 'StripAccents' }, { type: 'Nmt' }, { type: 'ByteLevel' },
  { type: 'Strip', strip_left: true, strip_right: true }, { type: 'Strip', strip_left: true, strip_right: false }, { type: 'Strip', strip_left: false, strip_right: true },
  { type: 'Prepend', prepend: '▁' }, { type: 'Prepend', prepend: '<<' },
  { type: 'Replace', pattern: { String: ' ' }, content: '▁' }, { type: 'Replace', pattern: { String: 'a' }, content: '' }, { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
  { type: 'Replace', pattern: { Regex: '[0-9]{2}' }, content: '#️' }, { type: 'Replace', pattern: { Regex: '(?i:the|hey)|\\p{P}' }, content: '<$0>' },
  { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
  { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: false },
  { type: 'BertNormalizer', clean_text: false, handle_chinese_chars: false, strip_accents: true, lowercase: false },
  { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: false, strip_accents: false, lowercase: true },
  { type: 'Sequence', normalizers: [{ type: 'NFD' }, { type: 'StripAccents' }, { type: 'Lowercase' }, { type: 'Sequence', normalizers: [{ type: 'Strip', strip_left: true, strip_right: true }] }] },
];

const behaviors = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'];
const preTokenizers = [
  { type: 'BertPreTokenizer' }, { type: 'Whitespace' }, { type: 'WhitespaceSplit' }, { type: 'CharDelimiterSplit', delimiter: 'a' }, { type: 'CharDelimiterSplit', delimiter: '▁' },
  { type: 'FixedLength', length: 1 }, { type: 'FixedLength', length: 3 }, { type: 'Digits', individual_digits: true }, { type: 'Digits', individual_digits: false },
  ...behaviors.map((behavior) => ({ type: 'Punctuation', behavior })),
  ...behaviors.flatMap((behavior) => [false, true].map((invert) => ({ type: 'Split', pattern: { Regex: '\\s|\\p{P}' }, behavior, invert }))),
  ...behaviors.map((behavior) => ({ type: 'Split', pattern: { String: 'a' }, behavior, invert: false })),
  { type: 'Split', pattern: { Regex: '\\w+|[^\\w\\s]+' }, behavior: 'Removed', invert: true }, { type: 'Split', pattern: { Regex: '\\W' }, behavior: 'Isolated', invert: false }, { type: 'Split', pattern: { Regex: '\\d{1,2}' }, behavior: 'Isolated', invert: false },
  { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true }, { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true }, { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: false },
  ...['always', 'never', 'first'].flatMap((prepend_scheme) => [true, false].map((split) => ({ type: 'Metaspace', replacement: '▁', prepend_scheme, split }))),
  { type: 'Metaspace', replacement: '▁', add_prefix_space: true }, { type: 'Metaspace', replacement: '_', add_prefix_space: true, prepend_scheme: 'always' },
  { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true }] },
  { type: 'Sequence', pretokenizers: [{ type: 'Whitespace' }, { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: true }] },
  { type: 'Sequence', pretokenizers: [{ type: 'Split', pattern: { Regex: ' ?[^\\s]+' }, behavior: 'Isolated', invert: false }, { type: 'Digits', individual_digits: true }, { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: false }] },
];

const tokens = [
  [], ['Hello'], ['Hel', '##lo', ',', 'World', '!'], ['##x', '##y', 'z'], ['do', "n", "'", 't', 'do', 'not', '.'], ['i', "'m", "n't", "'s", "'ve", "'re", ' . a ? b ! c , d'],
  ['▁Hey', '▁my', 'friend▁', '▁', '▁▁x'], ['▁', '▁', 'a'], ['a', ' ', ' b '], ['<0xE6>', '<0x97>', '<0xA5>', '▁x', '<0x41>'], ['▁<0x41>', '<0x0A>', '<0xg1>'],
  ['low', 'er</w>', 'new</w>', 'a</w>b', '</w>'], ['x</w>'], ['Ġthe', 'Ġcat', 'Ċ', 'Ã©', 'é', 'Ġ日'], ['HH', 'HHello', 'H', 'H'], ['ab', 'ba', 'aXa'], ['', 'a', '', 'b'],
];
const decoders = [
  null, { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true }, { type: 'WordPiece', prefix: '##', cleanup: true }, { type: 'WordPiece', prefix: '##', cleanup: false },
  { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true }, { type: 'Metaspace', replacement: '▁', prepend_scheme: 'never', split: false }, { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: true },
  { type: 'Metaspace', replacement: '▁', add_prefix_space: true }, { type: 'BPEDecoder', suffix: '</w>' }, { type: 'ByteFallback' }, { type: 'Fuse' },
  { type: 'Strip', content: 'H', start: 2, stop: 0 }, { type: 'Strip', content: ' ', start: 0, stop: 1 }, { type: 'Replace', pattern: { String: '▁' }, content: ' ' }, { type: 'Replace', pattern: { Regex: 'a+|b' }, content: '-' },
  { type: 'Sequence', decoders: [{ type: 'Replace', pattern: { String: '▁' }, content: ' ' }, { type: 'ByteFallback' }, { type: 'Fuse' }, { type: 'Strip', content: ' ', start: 1, stop: 0 }] },
  { type: 'Sequence', decoders: [{ type: 'ByteFallback' }, { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true }] },
  { type: 'Sequence', decoders: [{ type: 'BPEDecoder', suffix: '</w>' }, { type: 'Strip', content: ' ', start: 0, stop: 1 }] },
  { type: 'Sequence', decoders: [{ type: 'Fuse' }, { type: 'Strip', content: ' ', start: 1, stop: 1 }, { type: 'Replace', pattern: { String: 'x' }, content: '_' }] },
];

const isolated = (pre) => {
  const tokenizer = make({ pre_tokenizer: pre }).getPreTokenizer();
  return texts.map((text) => {
    const at = units(text);
    return tokenizer.preTokenizeString(text).map(([piece, [start, end]]) => [piece, at[start], at[end]]);
  });
};
// The package falls over where Strip looks at the end of nothing.
const falls = (decoder, list) => JSON.stringify(decoder).includes('"stop":1') && (list.length === 0 || list.some((token) => ['', '</w>', ' ', '▁'].includes(token)));
const decode = (decoder, list) => {
  if (falls(decoder, list)) return null;
  const vocab = Object.fromEntries([...new Set(['[UNK]', ...list])].map((token, id) => [token, id]));
  const tokenizer = make({ decoder, model: { type: 'WordLevel', vocab, unk_token: '[UNK]' } });
  return tokenizer.decode(list.map((token) => vocab[token]), false);
};
const points = function* () {
  for (let c = 1; c < 0x110000; c++) if (c < 0xd800 || c > 0xdfff) yield String.fromCodePoint(c);
};

(async () => {
  if (process.argv[2] === 'points') {
    for (const step of normalizers) {
      const normalizer = make({ normalizer: step }).getNormalizer();
      for (const c of points()) {
        const made = normalizer.normalizeString(`x${c}y`);
        if (made !== `x${c}y`) console.log(JSON.stringify([normalizers.indexOf(step), c.codePointAt(0), made]));
      }
    }
    for (const step of preTokenizers) {
      const splitter = make({ pre_tokenizer: step }).getPreTokenizer();
      for (const c of points()) console.log(JSON.stringify([1000 + preTokenizers.indexOf(step), c.codePointAt(0), splitter.preTokenizeString(`x${c}y`).map((piece) => piece[0])]));
    }
    return;
  }
  const golden = {
    made: 'node bench/peers/tokenizer_steps.cjs, npm tokenizers 0.23.2',
    texts,
    normalizers: normalizers.map((step) => ({ step, made: texts.map((text) => make({ normalizer: step }).getNormalizer().normalizeString(text)) })),
    preTokenizers: preTokenizers.map((step) => ({ step, made: isolated(step) })),
    tokens,
    decoders: await Promise.all(decoders.map(async (step) => ({ step, made: await Promise.all(tokens.map((list) => decode(step, list))) }))),
  };
  const lines = (list) => `[\n${list.map((item) => `  ${JSON.stringify(item)}`).join(',\n')}\n ]`;
  console.log(`{\n ${Object.entries(golden).map(([name, value]) => `"${name}": ${Array.isArray(value) ? lines(value) : JSON.stringify(value)}`).join(',\n ')}\n}`);
})();
