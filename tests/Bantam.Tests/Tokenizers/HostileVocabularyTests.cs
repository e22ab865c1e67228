using System.Text;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

/// <summary>Vocabularies from hostile files: each refused by code, in one line.</summary>
public class HostileVocabularyTests
{
    private static readonly string[] Four = ["<unk>", "<s>", "</s>", "a"];

    public static TheoryData<string, string, Func<Vocabulary>> BadArrays => new()
    {
        { "no tokens", "BT1040", () => GgufVocabulary.Create("bad.gguf", []) },
        { "too many tokens", "BT1040", () => GgufVocabulary.Create("bad.gguf", new string[Vocabulary.MaxPieces + 1]) },
        { "too few scores", "BT1041", () => GgufVocabulary.Create("bad.gguf", Four, [0, 0, 0]) },
        { "too many types", "BT1041", () => GgufVocabulary.Create("bad.gguf", Four, types: [2, 3, 3, 1, 1]) },
        { "type 0", "BT1041", () => GgufVocabulary.Create("bad.gguf", Four, types: [2, 3, 3, 0]) },
        { "type 7", "BT1041", () => GgufVocabulary.Create("bad.gguf", Four, types: [2, 3, 3, 7]) },
        { "NaN score", "BT1041", () => GgufVocabulary.Create("bad.gguf", Four, [0, 0, 0, float.NaN]) },
        { "byte -1", "BT1042", () => Bytes("<0x-1>") },
        { "byte ZZ", "BT1042", () => Bytes("<0xZZ>") },
        { "byte of three digits", "BT1042", () => Bytes("<0x100>") },
        { "byte with a control character", "BT1042", () => Bytes("<0x\n1>") },
        { "byte that is empty", "BT1042", () => Bytes("") },
        { "bos beyond", "BT1044", () => GgufVocabulary.Create("bad.gguf", Four, bosId: 4) },
        { "eos 2^32-1", "BT1044", () => GgufVocabulary.Create("bad.gguf", Four, eosId: uint.MaxValue) },
        { "unknown -1", "BT1044", () => GgufVocabulary.Create("bad.gguf", Four, unkId: -1) },
        { "padding 2^63-1", "BT1044", () => GgufVocabulary.Create("bad.gguf", Four, padId: long.MaxValue) },
        { "end of turn beyond", "BT1044", () => GgufVocabulary.Create("bad.gguf", Four, otherEosIds: [9]) },
        { "long piece", "BT1048", () => GgufVocabulary.Create("bad.gguf", [.. Four, new string('a', 1025)]) },
        { "much text", "BT1049", () => GgufVocabulary.Create("bad.gguf", [.. Enumerable.Repeat(new string('a', 1024), 65537)]) },
        { "llama2.c without BOS", "BT1040", () => Llama2cVocabulary.Create("bad.bin", [([65], 0)]) },
        { "llama2.c not UTF-8", "BT1048", () => Llama2cVocabulary.Create("bad.bin", [([65], 0), ([65], 0), ([65], 0), ([0xFF], 0)]) },
    };

    [Theory]
    [MemberData(nameof(BadArrays))]
    public void A_bad_vocabulary_is_refused(string name, string code, Func<Vocabulary> make) => AssertRefused(name, code, () => make());

    public static TheoryData<string, string, byte[]> BadModels => new()
    {
        { "empty file", "BT1040", [] },
        { "no pieces", "BT1040", Trainer(0x18, 2) },
        { "kind 99", "BT1045", [.. Piece(0x0A, 1, (byte)'a'), .. Trainer(0x18, 99)] },
        { "space as suffix", "BT1045", [.. Piece(0x0A, 1, (byte)'a'), .. Trainer(0x18, 2, 0xC0, 0x01, 1)] },
        { "characters with a word", "BT1045", [.. Bpe, .. Piece(0x0A, 2, (byte)'a', (byte)'b'), .. Trainer(0x18, 4)] },
        { "unigram with an infinite score", "BT1041", [.. Bpe, .. Piece(0x15, 0, 0, 0x80, 0x7F), .. Trainer(0x18, 1)] },
        { "normaliser with a map of two bytes", "BT1091", [.. Bpe, 0x1A, 14, 0x0A, 8, .. "nmt_nfkc"u8, 0x12, 2, 1, 2] },
        { "denormaliser with a map", "BT1045", [.. Bpe, 0x2A, 4, 0x12, 2, 1, 2] },
        { "tiktoken rank list of two", "BT1045", "IQ== 0\nIg== 1\n"u8.ToArray() },
        { "eos beyond", "BT1044", [.. Bpe, .. Trainer(0x18, 2, 0xD0, 0x02, 77)] },
        { "padding beyond", "BT1044", [.. Bpe, .. Trainer(0x18, 2, 0xD8, 0x02, 77)] },
        { "unknown beyond", "BT1044", [.. Bpe, .. Trainer(0x18, 2, 0xC0, 0x02, 77)] },
        { "type 9", "BT1041", [.. Bpe, .. Piece(0x0A, 1, (byte)'b', 0x18, 9)] },
        { "type -1", "BT1041", [.. Bpe, .. Piece(0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1)] },
        { "NaN score", "BT1041", [.. Bpe, .. Piece(0x15, 0, 0, 0xC0, 0x7F)] },
        { "byte ZZ", "BT1042", [.. Bpe, .. Piece([0x0A, 6, .. "<0xZZ>"u8, 0x18, 6])] },
        { "piece not UTF-8", "BT1048", [.. Bpe, .. Piece(0x0A, 2, 0xC3, 0x28)] },
        { "field 0", "BT1047", [0x02, 0] },
        { "group", "BT1047", [.. Bpe, 0x33] },
        { "wire type 7", "BT1047", [.. Bpe, 0x37] },
        { "pieces as a number", "BT1047", [0x08, 1] },
        { "score as bytes", "BT1047", Piece(0x12, 1, 0) },
        { "varint of eleven bytes", "BT1047", [0x30, .. Enumerable.Repeat((byte)0x80, 10), 1] },
        { "varint cut short", "BT1047", [0x30, 0x80] },
        { "length beyond the file", "BT1047", [0x0A, 0xFF, 0xFF, 0xFF, 0x7F] },
        { "length 2^64-1", "BT1047", [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1] },
        { "string beyond its message", "BT1047", Piece(0x0A, 2, (byte)'a') },
        { "float cut short", "BT1047", Piece(0x15, 0, 0) },
        { "double cut short", "BT1047", [0x31, 0, 0, 0] },
    };

    [Theory]
    [MemberData(nameof(BadModels))]
    public void A_bad_tokenizer_model_is_refused(string name, string code, byte[] content) =>
        AssertRefused(name, code, () => SentencePieceModel.Read(content, "bad.model"));

    [Fact]
    public void A_small_tokenizer_model_made_by_hand_is_read() =>
        Assert.Equal(["<unk>", "<s>", "</s>"], SentencePieceModel.Read(Bpe, "good.model").Pieces);

    [Fact]
    public void The_kind_left_out_means_Unigram() => Assert.Equal(TokenizerKind.Unigram, SentencePieceModel.Read(ThreePieces, "a.model").Kind);

    [Theory]
    [InlineData("plain")]
    [InlineData("unigram")]
    public void A_tokenizer_model_cut_anywhere_is_refused_or_read_but_never_crashes(string name)
    {
        var whole = File.ReadAllBytes(TokenizerData.GoldenPath($"{name}.model"));
        for (var length = 0; length < whole.Length; length++)
        {
            try
            {
                SentencePieceModel.Read(whole.AsSpan(0, length), "cut.model");
            }
            catch (ModelFileException refusal)
            {
                Assert.Matches("^BT10(4\\d|90|91)$", refusal.Code);
            }
        }
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("unigram")]
    [InlineData("word")]
    [InlineData("bpe-rules")]
    public void A_tokenizer_model_with_changed_bytes_never_crashes(string name)
    {
        var whole = File.ReadAllBytes(TokenizerData.GoldenPath($"{name}.model"));
        var random = new Random(3);
        for (var i = 0; i < 3000; i++)
        {
            var changed = (byte[])whole.Clone();
            for (var n = random.Next(1, 4); n > 0; n--) changed[random.Next(changed.Length)] = (byte)random.Next(256);
            try
            {
                var tokenizer = Tokenizer.Create(SentencePieceModel.Read(changed, "changed.model"));
                tokenizer.Decode(tokenizer.Encode("the <sep> cat 日本 thermo  x", parseSpecial: true));
            }
            catch (ModelFileException refusal)
            {
                Assert.Matches("^BT10(4\\d|90|91)$", refusal.Code);
            }
        }
    }

    [Fact]
    public void A_vocabulary_that_cannot_cover_text_makes_no_tokenizer()
    {
        var covered = TokenizerData.Small(("▁", 0, TokenType.Normal)) with { UnkId = null };
        Assert.Equal("日a", new SentencePieceBpe(covered).Decode(new SentencePieceBpe(covered).Encode("日a")));
        var types = (TokenType[])covered.Types.Clone();
        types[100] = TokenType.Normal;
        AssertRefused("no bytes", "BT1042", () => _ = new SentencePieceBpe(covered with { Types = types }));
    }

    public static TheoryData<string, Func<Vocabulary>> Unwritable => new()
    {
        { "no unknown piece", () => GgufVocabulary.Create("a.gguf", Four, types: [1, 3, 3, 1]) },
        { "two unknown pieces", () => GgufVocabulary.Create("a.gguf", Four, types: [2, 3, 3, 2]) },
        { "empty piece", () => GgufVocabulary.Create("a.gguf", [.. Four, ""]) },
        { "repeated piece", () => GgufVocabulary.Create("a.gguf", [.. Four, "a"]) },
        { "one byte of 256", () => GgufVocabulary.Create("a.gguf", [.. Four, "<0x00>"]) },
    };

    [Theory]
    [MemberData(nameof(Unwritable))]
    public void What_Google_would_refuse_is_not_written(string name, Func<Vocabulary> make) =>
        AssertRefused(name, "BT1039", () => SentencePieceModel.Write(make(), "out.model"));

    private static readonly byte[] ThreePieces =
    [
        .. Piece([0x0A, 5, .. "<unk>"u8, 0x18, 2]), .. Piece([0x0A, 3, .. "<s>"u8, 0x18, 3]), .. Piece([0x0A, 4, .. "</s>"u8, 0x18, 3]),
    ];

    private static readonly byte[] Bpe = [.. ThreePieces, .. Trainer(0x18, 2)];

    private static byte[] Piece(params byte[] message) => [0x0A, (byte)message.Length, .. message];

    private static byte[] Trainer(params byte[] message) => [0x12, (byte)message.Length, .. message];

    private static Vocabulary Bytes(string piece) => GgufVocabulary.Create("bad.gguf", [.. Four, piece], types: [2, 3, 3, 1, 6]);

    private static void AssertRefused(string name, string code, Action act)
    {
        var refusal = Assert.Throws<ModelFileException>(act);
        Assert.True(refusal.Code == code, $"{name}: {refusal.Message}");
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.InRange(Encoding.UTF8.GetByteCount(refusal.Message), 20, 400);
    }
}
