using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

public class BertWordsTests
{
    private static readonly Lazy<BertWords> Bge = new(() =>
    {
        using var file = GgufFile.Open(SharedData.Path("gguf_vocab", "ggml-vocab-bert-bge.gguf"));
        return new BertWords(GgufTokenizer.Read(file.Metadata, out _)!);
    });

    [Fact]
    public void Ids_equal_the_conformance_vectors_of_llama_cpp()
    {
        var texts = File.ReadAllText(SharedData.Path("gguf_vocab", "ggml-vocab-bert-bge.gguf.inp")).Split("\n__ggml_vocab_test__\n");
        var lines = File.ReadAllLines(SharedData.Path("gguf_vocab", "ggml-vocab-bert-bge.gguf.out"));
        Assert.Equal(46, lines.Length);
        for (var i = 0; i < lines.Length; i++)
            Assert.Equal((texts[i], lines[i].Trim()), (texts[i], string.Join(' ', Bge.Value.Encode(texts[i], addBos: false, addEos: false))));
    }

    [Fact]
    public void Ids_of_mixed_texts_equal_those_of_llama_cpp()
    {
        var (random, hash) = (new Random(MixedText.Seed), MixedText.EmptyHash);
        for (var i = 0; i < MixedText.Texts; i++)
            hash = MixedText.Hash(hash, Bge.Value.Encode(MixedText.WithoutNewPunctuation(MixedText.Comparable(random)), addBos: false, addEos: false));
        Assert.Equal(TokenizerData.LlamaHash("bert-bge"), $"{hash:x16}");
    }

    [Theory]
    [InlineData(true, true, "Été ÉTÉ", "ete ete")]
    [InlineData(true, false, "Été ÉTÉ", "été été")]
    [InlineData(false, true, "Été ÉTÉ", "Ete ETE")]
    [InlineData(false, false, "Été ÉTÉ", "Été ÉTÉ")]
    public void Case_and_accents_go_where_the_settings_say_so(bool dropsCase, bool dropsAccents, string text, string pieces)
    {
        var metadata = new GgufMetadata();
        string[] words = ["[UNK]", "[CLS]", "[SEP]", "ete", "été", "Ete", "ETE", "Été", "ÉTÉ"];
        GgufTokenizer.Write(metadata, Small(words) with { Subword = new SubwordSettings { ContinuingSubwordPrefix = "##", DropsCase = dropsCase, DropsAccents = dropsAccents } }, words.Length);
        var read = GgufTokenizer.Read(metadata, out _)!;
        Assert.Equal(words, read.Pieces);
        Assert.Equal(pieces, string.Join(' ', new BertWords(read).Encode(text, addBos: false, addEos: false).Select(id => read.Pieces[id])));
    }

    [Theory]
    [InlineData("unaffable words", "un ##aff ##able word ##s")]
    [InlineData("wo\u0000rd\u00ad\ufffds", "word ##s")]
    public void Words_are_split_by_the_longest_pieces(string text, string pieces)
    {
        var tokenizer = new BertWords(Small("[UNK]", "[CLS]", "[SEP]", "un", "##aff", "##able", "word", "##s", "!", "able", "##word", "日"));
        var tokens = tokenizer.EncodeWithOffsets(text, addBos: false, addEos: false);
        Assert.Equal(pieces, string.Join(' ', tokens.Ids.Select(id => tokenizer.Vocabulary.Pieces[id])));
        Assert.All(tokens.Spans, (span, i) => Assert.Equal(i == 0 ? 0 : tokens.Spans[i - 1].End, Math.Min(span.Start, i == 0 ? 0 : tokens.Spans[i - 1].End)));
    }

    [Fact]
    public void Decoded_words_stand_apart_and_their_pieces_do_not() =>
        Assert.Equal("hello unaffable world", Bge.Value.Decode(Bge.Value.Encode("Hello unaffable world")));

    [Fact]
    public void A_written_file_is_read_the_same()
    {
        var metadata = new GgufMetadata();
        GgufTokenizer.Write(metadata, Bge.Value.Vocabulary, Bge.Value.VocabularySize);
        var read = GgufTokenizer.Read(metadata, out _)!;
        Assert.Equal(Bge.Value.Vocabulary.Pieces, read.Pieces);
        Assert.Equal(Bge.Value.Vocabulary.Types, read.Types);
        Assert.Equal((101, 100, 0, true, true), (read.BosId!.Value, read.UnkId!.Value, read.PadId!.Value, read.AddBos, read.AddEos));
        Assert.Equal([102], read.EosIds);
    }

    private static Vocabulary Small(params string[] words) => GgufVocabulary.CreateWordPiece("small.gguf", [.. words.Select(BertWords.Spelled)], clsId: 1, sepId: 2, unkId: 0, padId: 0);

    [Fact]
    public void A_text_stands_between_cls_and_sep() => Assert.Equal([101, 7592, 2088, 102], Bge.Value.Encode("Hello World"));
}
