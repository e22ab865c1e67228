// Small tokenizers with the steps that published families have around them, and what the Hugging Face library (npm package
// tokenizers 0.23.2, in Rust) makes of texts that have told other tokenizers apart from it: a front that is normalised away, digits
// and punctuation of many scripts, white space at the ends of tokens. Writes tests/Bantam.Tests/Golden/Tokenizers/families.json.
//
//   npm install tokenizers@0.23.2
//   node bench/peers/tokenizer_families.cjs path/to/unigram.model > tests/Bantam.Tests/Golden/Tokenizers/families.json
//
// The model is one of SentencePiece with its rules nmt_nfkc: tests/Bantam.Tests/Golden/Tokenizers/unigram.model. Offsets are in UTF-16 units,
// and left out of texts whose characters are composed or passed over, of which the library does not count all.
const { Tokenizer } = require('tokenizers');
const fs = require('fs');

const varint = (b, at) => {
  let [value, shift] = [0, 0];
  for (;;) {
    value += (b[at] & 127) * 2 ** shift;
    shift += 7;
    if (b[at++] < 128) return [value, at];
  }
};
function* fields(b) {
  for (let at = 0, tag, size; at < b.length;) {
    [tag, at] = varint(b, at);
    if (tag % 8 === 0) [, at] = varint(b, at);
    else if (tag % 8 === 2) {
      [size, at] = varint(b, at);
      yield [tag >> 3, b.subarray(at, at + size)];
      at += size;
    } else at += tag % 8 === 5 ? 4 : 8;
  }
}
const first = (b, number) => [...fields(b)].find(([n]) => n === number)[1];
const precompiled = { type: 'Precompiled', precompiled_charsmap: first(first(fs.readFileSync(process.argv[2]), 3), 2).toString('base64') };

const bytes = (() => {
  let next = 256;
  return Array.from({ length: 256 }, (_, b) => String.fromCodePoint((b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174 ? b : next++));
})();
const spell = (text) => [...Buffer.from(text)].map((b) => bytes[b]);
const number = (list) => Object.fromEntries([...new Set(list)].map((piece, id) => [piece, id]));
const byteModel = (words) => {
  const [merges, pieces] = [[], [...bytes]];
  for (const word of words) {
    const parts = spell(word);
    for (let left = parts[0], i = 1; i < parts.length; left += parts[i++]) {
      merges.push([left, parts[i]]);
      pieces.push(left + parts[i]);
    }
  }
  const known = new Set();
  return { type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false, byte_fallback: false, ignore_merges: false, vocab: number(pieces), merges: merges.filter((m) => !known.has(m.join(' ')) && known.add(m.join(' '))) };
};
const added = (id, content, special = true, rules = {}) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: !special, special, ...rules });
const sequence = (kind, ...steps) => ({ type: 'Sequence', [kind]: steps });
const level = (add_prefix_space, use_regex, trim_offsets = true) => ({ type: 'ByteLevel', add_prefix_space, trim_offsets, use_regex });
const split = (Regex) => ({ type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false });
const mark = (prepend_scheme) => ({ type: 'Metaspace', replacement: '▁', prepend_scheme, split: true });
const make = (parts) => ({ version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, ...parts });

const words = byteModel([' ১২', '২', ' the', ' low', '10', ' 1', 'é', '\n\n', '  ']);
const odd = byteModel([' ò', ' 1']);
const size = Object.keys(words.vocab).length;
const unigram = { type: 'Unigram', unk_id: 0, vocab: ['<unk>', '<s>', '▁', 'R', '▁R', 'u', '株', '▁株', '(', '▁(', ')', '▁)', '.', '▁.', 'a', '▁a'].map((p, i) => [p, i < 2 ? 0 : -2 - i / 7]), byte_fallback: false };
const letters = ['e', 't', '##t', 'et', '##e', 'g', '##g', '.', '\u0c84', '##\u0c84', '\u0d81'];
const bert = { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab: number(['[UNK]', ...letters]) };
const falcon = sequence('pretokenizers', { type: 'Punctuation', behavior: 'Contiguous' }, level(false, true), { type: 'Digits', individual_digits: false }, split('[0-9][0-9][0-9]'));
const hex = Array.from({ length: 256 }, (_, b) => `<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`);
const phi = { type: 'BPE', dropout: null, unk_token: '<unk>', continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: true, byte_fallback: true, ignore_merges: false, vocab: number(['<unk>', '<s>', '</s>', ...hex, '▁a', '▁b', '▁', 'a', 'b']), merges: [['▁', 'a'], ['▁', 'b']] };
const phiDecoder = sequence('decoders', { type: 'Replace', pattern: { String: '▁' }, content: ' ' }, { type: 'ByteFallback' }, { type: 'Fuse' }, { type: 'Strip', content: ' ', start: 1, stop: 0 });
const roberta = (add_prefix_space) => ({ type: 'RobertaProcessing', sep: ['</s>', size + 1], cls: ['<s>', size], trim_offsets: true, add_prefix_space });
const specials = [added(size, '<s>'), added(size + 1, '</s>'), added(size + 2, '<mask>', true, { lstrip: true, rstrip: true })];
const tokenizers = {
  falcon: [make({ model: words, pre_tokenizer: falcon, decoder: level(true, true), post_processor: level(true, true, false) }), true],
  falconOdd: [make({ model: odd, pre_tokenizer: falcon, decoder: level(true, true), post_processor: level(true, true, false) }), true],
  roberta: [make({ model: words, added_tokens: specials, pre_tokenizer: level(false, true), post_processor: roberta(false), decoder: level(true, true) }), true],
  bart: [make({ model: words, added_tokens: specials, pre_tokenizer: level(false, true), post_processor: roberta(true), decoder: level(true, true) }), true],
  untrimmed: [make({ model: words, added_tokens: specials, pre_tokenizer: level(false, true), post_processor: level(true, true, false), decoder: level(true, true) }), true],
  first: [make({ model: unigram, normalizer: precompiled, pre_tokenizer: mark('first'), decoder: mark('first') }), false],
  firstOfPieces: [make({ model: unigram, normalizer: precompiled, pre_tokenizer: sequence('pretokenizers', { type: 'Punctuation', behavior: 'Isolated' }, mark('first')), decoder: mark('first') }), false],
  firstStripped: [make({ model: unigram, normalizer: { type: 'Strip', strip_left: true, strip_right: true }, pre_tokenizer: mark('first'), decoder: mark('first') }), false],
  bert: [make({ model: bert, added_tokens: [added(0, '[UNK]')], normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true }, pre_tokenizer: { type: 'BertPreTokenizer' }, decoder: { type: 'WordPiece', prefix: '##', cleanup: true } }), false],
  phi: [make({ model: phi, added_tokens: [added(0, '<unk>'), added(1, '<s>'), added(2, '</s>', false, { rstrip: true, normalized: false })], normalizer: sequence('normalizers', { type: 'Prepend', prepend: '▁' }, { type: 'Replace', pattern: { String: ' ' }, content: '▁' }), decoder: phiDecoder }), false],
  tinyLlama: [make({ model: phi, added_tokens: [added(0, '<unk>'), added(1, '<s>'), added(2, '</s>')], pre_tokenizer: { ...mark('first'), split: false }, decoder: phiDecoder }), false],
};
const texts = [
  '', ' ', '  ', ' the', 'the  low', ' the low ', ' ১২ 10', '২১২ 1', 'é 10000', ' ò ² ½ 10', 'a\u0c84b', '\x7fRu', '\x1b[R', '㈱', '…R', ' Ru', '\x7f R', 'R ㈱', 'et\u0d00g', 'et\u0d81t', 't\u0c84e', '\u0301e',
  'the <mask> low', ' <mask>', '<mask>  ', '\n\n <s> the', 'a</s> b', 'a</s>b <unk>', '<s>a <s> a', '\u{1e944}e', 'e\u{1145d}t',
];
const units = (text) => [...text].reduce((at, point) => [...at, at.at(-1) + point.length], [0]);

(async () => {
  const made = [];
  for (const [name, [json, comparesOffsets]] of Object.entries(tokenizers)) {
    const tokenizer = Tokenizer.fromString(JSON.stringify(json));
    const cases = [];
    for (const text of texts) {
      const encoding = await tokenizer.encode(text, null, { addSpecialTokens: false });
      const at = units(text);
      cases.push({ text, ids: encoding.getIds(), offsets: comparesOffsets ? encoding.getOffsets().flat().map((i) => at[i]) : [], decoded: await tokenizer.decode(encoding.getIds(), true) });
    }
    made.push(`  ${JSON.stringify(name)}: {\n   "json": ${JSON.stringify(json)},\n   "cases": [\n${cases.map((c) => `    ${JSON.stringify(c)}`).join(',\n')}\n   ]\n  }`);
  }
  console.log(`{\n "made": "node bench/peers/tokenizer_families.cjs, npm tokenizers 0.23.2",\n "tokenizers": {\n${made.join(',\n')}\n }\n}`);
})();
