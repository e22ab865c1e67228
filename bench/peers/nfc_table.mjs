// Writes src/Bantam/Tokenizers/Nfc.txt: what Unicode's normalisation form C needs to know, asked of the JavaScript engine's
// own normalize(). Usage: node bench/peers/nfc_table.mjs > src/Bantam/Tokenizers/Nfc.txt
//
// With the argument "compatible" it writes src/Bantam/Tokenizers/Nfkd.txt, what forms KC and KD need besides:
//
//   C D…        C is compatible with D…, which are not what it decomposes to
//
// Without:
//
//   + C A B     A and B compose to C, and C decomposes to them
//   - C D…      C decomposes to D…, which do not compose to it
//   F L N       the code points F to L have combining class N, or one that sorts like it
const hex = (c) => c.toString(16).toUpperCase();
const points = (s) => [...s].map((c) => c.codePointAt(0));
const valid = function* () {
  for (let c = 0; c < 0x110000; c++) if (c < 0xd800 || c > 0xdfff) yield c;
};
if (process.argv[2] === 'compatible') {
  console.log(`# Unicode ${process.versions.unicode}; made by bench/peers/nfc_table.mjs compatible`);
  for (const c of valid()) {
    const text = String.fromCodePoint(c), whole = text.normalize('NFKD');
    if (whole !== text.normalize('NFD')) console.log([c, ...points(whole)].map(hex).join(' '));
  }
  process.exit();
}
const isHangul = (c) => c >= 0xac00 && c <= 0xd7a3;

// Two marks behind a letter are swapped where the class of the first is the greater and neither is 0. The marks below
// stand for all classes, in their order; the published numbers only have to sort in the same way.
const swapped = (first, second) => {
  const text = 'a' + String.fromCodePoint(first, second);
  return text.normalize('NFD') !== text && String.fromCodePoint(first).normalize('NFD') === String.fromCodePoint(first) && String.fromCodePoint(second).normalize('NFD') === String.fromCodePoint(second);
};
const marks = [...valid()].filter((c) => /\p{M}/u.test(String.fromCodePoint(c)) && String.fromCodePoint(c).normalize('NFD') === String.fromCodePoint(c));
const ordered = marks.filter((c) => swapped(c, 0x334) || swapped(0x345, c) || c === 0x334 || c === 0x345);
const classes = [];
for (const mark of ordered) {
  let low = 0, high = classes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (swapped(classes[middle][0], mark)) high = middle;
    else if (swapped(mark, classes[middle][0])) low = middle + 1;
    else { classes[middle].push(mark); low = -1; break; }
  }
  if (low >= 0) classes.splice(low, 0, [mark]);
}

console.log(`# Unicode ${process.versions.unicode}; made by bench/peers/nfc_table.mjs`);
for (const c of valid()) {
  const text = String.fromCodePoint(c), whole = text.normalize('NFD');
  if (whole === text || isHangul(c)) continue;
  const parts = points(whole);
  const first = points(String.fromCodePoint(...parts.slice(0, -1)).normalize('NFC'));
  if (parts.length > 1 && whole.normalize('NFC') === text) {
    if (first.length !== 1) throw new Error(hex(c));
    console.log(`+ ${hex(c)} ${hex(first[0])} ${hex(parts.at(-1))}`);
  } else console.log(`- ${hex(c)} ${parts.map(hex).join(' ')}`);
}
const classOf = new Map(classes.flatMap((members, i) => members.map((c) => [c, i + 1])));
const sorted = [...classOf.keys()].sort((a, b) => a - b);
for (let i = 0; i < sorted.length;) {
  let end = i;
  while (end + 1 < sorted.length && sorted[end + 1] === sorted[end] + 1 && classOf.get(sorted[end + 1]) === classOf.get(sorted[i])) end++;
  console.log(`${hex(sorted[i])} ${hex(sorted[end])} ${classOf.get(sorted[i])}`);
  i = end + 1;
}
console.error(`${classes.length} classes, ${classOf.size} marks`);
