#!/usr/bin/env python3
"""Records what Google's sentencepiece makes of many texts, as golden numbers for the tokenizer tests.

    apt-get install python3-sentencepiece          # Debian 12 has 0.1.97
    python3 bench/peers/sentencepiece_golden.py train tests/Bantam.Tests/Golden/Tokenizers
    dotnet run bench/peers/write_tokenizer_models.cs WRITTEN llama2=DATA/tokenizers/llama2/tokenizer.model \
        llama2c=DATA/tokenizers/llama2/tokenizer.bin tok512=DATA/weights/stories260K/tok512.bin \
        plain=GOLDEN/plain.model noprefix=GOLDEN/noprefix.model
    python3 bench/peers/sentencepiece_golden.py record DATA tests/Bantam.Tests/Golden/Tokenizers WRITTEN
    python3 bench/peers/sentencepiece_golden.py kinds tests/Bantam.Tests/Golden/Tokenizers

`train` makes two small models with settings that the published ones do not have. `record` encodes with the published
models, with the small ones and with the files that Bantam wrote, whose SHA-256 it keeps: the tests then hold that
exactly those bytes are still written. `kinds` makes small models of every kind, most with rules of normalisation of their
own, and encodes with them, and with one whose scores are all positive. Lists of ids are kept in full for three models, otherwise as FNV-1a hashes.
"""
import hashlib
import json
import random
import struct
import sys
from pathlib import Path

import sentencepiece

SMALL_TEXT = """the cat sat on the mat and the dog sat on the log
where there is a will there is a way and this is the other way
one two three four five six seven eight nine ten eleven twelve
<sep> marks a break <sep> and so does <sep>
if (x == 10) { return x + 1; } else { return x - 1; }
"""


def train(out):
    corpus = out / "corpus.tmp"
    corpus.write_text(SMALL_TEXT * 20)
    common = dict(input=str(corpus), model_type="bpe", normalization_rule_name="identity", num_threads=1,
                  character_coverage=1.0, user_defined_symbols=["<sep>", "the", "thermo"])
    sentencepiece.SentencePieceTrainer.train(model_prefix=str(out / "plain"), vocab_size=160, pad_id=3, **common)
    sentencepiece.SentencePieceTrainer.train(model_prefix=str(out / "noprefix"), vocab_size=400, byte_fallback=True,
                                             add_dummy_prefix=False, remove_extra_whitespaces=False,
                                             bos_id=-1, unk_id=2, eos_id=0, **common)
    for extra in (corpus, out / "plain.vocab", out / "noprefix.vocab"):
        extra.unlink()


# Sequences of code points and what they become; the shorter ones begin the longer ones.
RULES = {"é": "e", "e\u0301": "e", "ﬁ": "fi", "\u00a0": " ", "\u3000": " ", "\t": " ", "\u200b": "", "½": " 1/2 ", "世": "world", "世界": "the world",
         "👩\u200d💻": "coder", "👩": "woman", "A": "a", "H": "h", "b\u0301\u0301": "bb", "\u0300": "", "𝔘": "U"}


def kinds(out):
    corpus, rules = out / "corpus.tmp", out / "rules.tsv"
    corpus.write_text(SMALL_TEXT * 20)
    points = lambda text: " ".join(f"{ord(c):x}" for c in text)
    rules.write_text("".join(f"{points(a)}\t{points(b)}\n" for a, b in sorted(RULES.items())))
    common = dict(input=str(corpus), num_threads=1, character_coverage=1.0, hard_vocab_limit=False)
    own = dict(normalization_rule_tsv=str(rules), user_defined_symbols=["<sep>", "the", "thermo", "é"])
    settings = {
        "unigram": dict(model_type="unigram", vocab_size=130, pad_id=3, **own),
        "unigram-bytes": dict(model_type="unigram", vocab_size=400, byte_fallback=True, add_dummy_prefix=False, remove_extra_whitespaces=False,
                              normalization_rule_name="identity"),
        "unigram-spaces": dict(model_type="unigram", vocab_size=120, remove_extra_whitespaces=False, normalization_rule_tsv=str(rules)),
        "word": dict(model_type="word", vocab_size=80, **own),
        "char": dict(model_type="char", vocab_size=60, **own),
        "bpe-rules": dict(model_type="bpe", vocab_size=400, byte_fallback=True, **own),
    }
    cases = texts()
    made = {"made_by": "bench/peers/sentencepiece_golden.py kinds, sentencepiece 0.1.97", "models": {}}
    for name, setting in settings.items():
        sentencepiece.SentencePieceTrainer.train(model_prefix=str(out / name), **common, **setting)
        (out / f"{name}.vocab").unlink()
    positive(out)
    for name in [*settings, "unigram-positive"]:
        model = load(out / f"{name}.model")
        lists = [model.encode(text) for text in cases]
        made["models"][name] = {"size": model.vocab_size(), "ids": lists[:60], "hashes": [fnv(ids) for ids in lists], "decodes": decodes(model, random.Random(7))}
    (out / "sentencepiece-kinds.json").write_text(json.dumps(made, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    corpus.unlink()
    rules.unlink()


def positive(out):
    """The Unigram model with 20 added to each score: a field of four bytes, tag 0x15, behind each piece's text."""
    content, at, result = (out / "unigram.model").read_bytes(), 0, bytearray()
    while content[at] == 0x0A and content[at + 1] < 0x80:
        piece = bytearray(content[at + 2:at + 2 + content[at + 1]])
        text = 2 + piece[1]
        if piece[text] == 0x15 and len(piece) == text + 5:
            piece[text + 1:text + 5] = struct.pack("<f", struct.unpack_from("<f", piece, text + 1)[0] + 20)
        result += content[at:at + 2] + piece
        at += 2 + content[at + 1]
    (out / "unigram-positive.model").write_bytes(result + content[at:])


ATOMS = [
    *"abcdefgstXYZ0123456789.,;:!?'\"()[]{}<>=+-*/\\_#@&|~^%$`", "the", "and", "ing", "tion", "Hello", "world", "model",
    " ", " ", " ", "  ", "   ", "        ", "\t", "\n", "\r\n", "\n\n", "\u00a0", "\u3000", "\u200b", "\u2581",
    "return x;", "for (int i = 0; i < n; i++)", "def f(a, b):\n    return a + b\n", "https://example.org/?q=1", "3.14159", "1,000,000",
    "é", "e\u0301", "ñ", "ß", "Ω", "Привет", "мир", "שלום", "مرحبا", "नमस्ते", "ไทย", "你好", "世界", "日本語", "한국어", "Việt", "ខ្មែរ",
    "🦙", "😀", "👩\u200d💻", "🏳️\u200d🌈", "👍🏽", "🇳🇱", "𝔘𝔫𝔦", "𐍈", "\U0010fffd", "\ufffd", "\x00", "\x01", "\x7f", "\u0300",
    "<s>", "</s>", "<unk>", "<0x41>", "[INST]", "[REF]", "[/REF]", "[REFERENCE_DOC_3]", "[REFERENCE_DOC_13]", "<sep>", "thermo", "thermometer", "other",
]


def texts():
    draw = random.Random(20240607)
    result = ["", " ", "  ", "\n", "a", "▁", "▁▁", " ▁ ", "a ", " a", "  a  b  ", "\u0301", "<s>", "<unk>", "é" * 20, " " * 33, "aaaaaaaaaaaaaaaaaaaa"]
    while len(result) < 270:
        result.append("".join(draw.choice(ATOMS) + draw.choice(["", "", " "]) for _ in range(draw.randint(1, 9))))
    return result


def fnv(ids):
    value = 2166136261
    for byte in struct.pack(f"<{len(ids)}i", *ids):
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return f"{value:08x}"


def load(path):
    return sentencepiece.SentencePieceProcessor(model_file=str(path))


def decodes(model, draw):
    """Random ids without invalid UTF-8, where decoders may differ."""
    pool = [i for i in range(model.vocab_size()) if not model.is_byte(i)]
    result = []
    for _ in range(12):
        ids = [draw.choice(pool[:3] + [draw.choice(pool)] * 9) for _ in range(draw.randint(1, 7))]
        result.append([ids, model.decode(ids)])
    return result


def record(data, golden, written):
    models = {
        "llama2": load(data / "tokenizers/llama2/tokenizer.model"),
        "mistral.v1": load(data / "tokenizers/mistral/tokenizer.model.v1"),
        "mistral.v3": load(data / "tokenizers/mistral/tokenizer.model.v3"),
        "mistral.v7": load(data / "tokenizers/mistral/tokenizer.model.v7"),
        "plain": load(golden / "plain.model"),
        "noprefix": load(golden / "noprefix.model"),
    }
    cases = texts()
    draw = random.Random(7)
    out = {"made_by": "bench/peers/sentencepiece_golden.py, sentencepiece 0.1.97", "texts": cases, "models": {}, "written": {}}
    for name, model in models.items():
        lists = [model.encode(text) for text in cases]
        full = name in ("llama2", "plain", "noprefix")
        out["models"][name] = {
            "size": model.vocab_size(), "bos": model.bos_id(), "eos": model.eos_id(), "unk": model.unk_id(), "pad": model.pad_id(),
            "ids" if full else "hashes": lists[:60] if full else [fnv(ids) for ids in lists],
            "decodes": decodes(model, draw),
        }
        if full:
            out["models"][name]["hashes"] = [fnv(ids) for ids in lists]
    for path in sorted(written.glob("*.model")):
        model = load(path)
        lists = [model.encode(text) for text in cases]
        twin = {"llama2c": "llama2"}.get(path.stem, path.stem)
        if twin in models:
            assert lists == [models[twin].encode(text) for text in cases], path
        out["written"][path.stem] = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "hashes": fnv([i for ids in lists for i in ids])}
    # Half of the pieces unused: merges go through them and are taken apart again.
    plain = models["plain"]
    kept = [i for i in range(plain.vocab_size()) if draw.random() < 0.5]
    plain.set_vocabulary([plain.id_to_piece(i) for i in kept])
    out["unused"] = {"kept": kept, "hashes": [fnv(plain.encode(text)) for text in cases]}
    (golden / "sentencepiece.json").write_text(json.dumps(out, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if sys.argv[1] == "train":
    train(Path(sys.argv[2]))
elif sys.argv[1] == "kinds":
    kinds(Path(sys.argv[2]))
else:
    record(*map(Path, sys.argv[2:5]))
