using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

/// <summary>BPE over characters in GGUF files against llama.cpp, by hashes of bench/peers/llama.cpp compare-characters.</summary>
public class GgufCharactersTests
{
    private static readonly Lazy<GgufMetadata> Words = new(() =>
    {
        using var file = GgufFile.Open(SharedData.Path("gguf_vocab", "ggml-vocab-llama-spm.gguf"));
        return file.Metadata;
    });

    public static TheoryData<string, string, bool> Rules => [.. CharacterWords.All.Select(rule => new TheoryDataRow<string, string, bool>(rule.Kind, rule.Name, rule.DropsCase))];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Ids_of_random_texts_equal_those_of_llama_cpp(string kind, string name, bool dropsCase)
    {
        var tokenizer = Tokenizer.Create(Read(kind, name, dropsCase));
        var (random, hash) = (new Random(MixedText.Seed), MixedText.EmptyHash);
        for (var i = 0; i < CharacterWords.Texts; i++)
        {
            var text = CharacterWords.Comparable(MixedText.Comparable(random), tokenizer.Vocabulary);
            hash = MixedText.Hash(hash, tokenizer.Encode(text, addBos: false));
        }
        using var golden = JsonDocument.Parse(File.ReadAllText(TokenizerData.GoldenPath("llama-characters.json")));
        Assert.Equal(golden.RootElement.GetProperty(CharacterWords.Label(kind, name, dropsCase)).GetString(), $"{hash:x16}");
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_file_goes_to_GGUF_and_back_with_its_rule(string kind, string name, bool dropsCase)
    {
        var source = Read(kind, name, dropsCase);
        Assert.True(GgufTokenizer.CanWrite(source, out _));
        var metadata = new GgufMetadata();
        GgufTokenizer.Write(metadata, source, source.Count);
        // Gemma 4's rule is one, under either kind.
        Assert.Equal(name == "gemma4" ? name : kind, metadata.GetString("tokenizer.ggml.model"));
        var again = GgufTokenizer.Read(metadata, out _)!;
        Assert.Same(source.Pipeline, again.Pipeline);
        Assert.Equal(source.Subword, again.Subword);
        Assert.Equal(source.Merges, again.Merges);
        Assert.Equal((source.AddBos, source.BosId, source.UnkId), (again.AddBos, again.BosId, again.UnkId));
    }

    [Fact]
    public void Text_comes_back_where_spaces_are_kept()
    {
        var random = new Random(5);
        foreach (var (kind, name, dropsCase) in CharacterWords.All.Where(rule => rule.Name != "whitespace"))
        {
            var tokenizer = Tokenizer.Create(Read(kind, name, dropsCase));
            for (var i = 0; i < 200; i++)
            {
                var text = MixedText.Next(random, 32, surrogates: false);
                Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, addBos: false)));
            }
        }
    }

    [Theory]
    [InlineData("gemma4", "x", "a\n\n\nb", "a|\n\n\n|b")]
    [InlineData("gemma4", "x", "\n\n\n\n", "\n\n|\n\n")]
    [InlineData("gpt2", "sarvam-moe", "a\n\n\nb", "a|\n\n|\n|b")]
    [InlineData("gpt2", "sarvam-moe", "a  b", "a|▁▁|b")]
    [InlineData("gpt2", "whitespace", "é  á", "é|  |á")]
    // Of a llama's bytes, F0 9F A6 99, there is one.
    [InlineData("whitespace", "whitespace", " é  á 🦙", "é|á|<0xA6>")]
    public void A_text_becomes_these_pieces(string kind, string name, string text, string pieces)
    {
        var tokenizer = Tokenizer.Create(Small(kind, name, ["a", "b", "é", "á", " ", "  ", "▁", "▁▁", "\n", "\n\n", "\n\n\n", "<0xA6>"], ["\n \n", "▁ ▁", "   "]));
        Assert.Equal(pieces, string.Join('|', tokenizer.Encode(text, addBos: false).Select(id => tokenizer.Vocabulary.Pieces[id])));
    }

    [Fact]
    public void BOS_comes_before_Gemmas_text_whatever_the_file_says()
    {
        foreach (var (kind, name, dropsCase) in CharacterWords.All)
            Assert.Equal(name is not ("sarvam-moe" or "whitespace"), Read(kind, name, dropsCase).AddBos);
    }

    [Fact]
    public void What_a_tokenizer_json_cannot_say_is_refused_there()
    {
        Assert.False(TokenizerJsonWriter.CanWrite(Read("gemma4", "x", false), out var lines));
        Assert.Contains("3 line feeds", lines);
        Assert.True(TokenizerJsonWriter.CanWrite(Read("gpt2", "sarvam-moe", false), out _));
        Assert.False(TokenizerJsonWriter.CanWrite(Read("whitespace", "whitespace", true), out var bytes));
        Assert.Contains("lacks bytes", bytes);
    }

    [Fact]
    public void As_a_tokenizer_json_the_ids_are_the_same()
    {
        var source = Read("gpt2", "sarvam-moe", false);
        using var stream = new MemoryStream();
        TokenizerJsonWriter.Write(stream, source);
        using var json = JsonDocument.Parse(stream.ToArray());
        var (gguf, written) = (Tokenizer.Create(source), Tokenizer.Create(TokenizerJson.Read(json.RootElement, "tokenizer.json").Vocabulary));
        var random = new Random(6);
        for (var i = 0; i < 200; i++)
        {
            var text = MixedText.Next(random, 32);
            Assert.Equal(gguf.Encode(text, addBos: false), written.Encode(text, addBos: false));
        }
    }

    [Fact]
    public void The_docs_have_every_name_that_is_known()
    {
        var docs = File.ReadAllText(Path.Combine(Repository.Root, "docs", "tokenizing.md"));
        Assert.All(PreTokenizers.Names.Concat(GgufCharacters.All.Select(rule => rule.Name)), name => Assert.Contains($"`{name}`", docs, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ab")]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a ")]
    [InlineData("a c")]
    public void A_merge_of_no_two_pieces_is_refused(string merge) =>
        Assert.Equal("BT1043", Assert.Throws<ModelFileException>(() => Small("gemma4", "x", ["a", "b"], [merge])).Code);

    private static Vocabulary Read(string kind, string name, bool dropsCase) =>
        GgufTokenizer.Read(CharacterWords.Metadata(Words.Value, kind, name, dropsCase), out _)!;

    private static Vocabulary Small(string kind, string name, string[] tokens, string[] merges) => GgufTokenizer.Read(
        new GgufMetadata
        {
            ["tokenizer.ggml.model"] = kind,
            ["tokenizer.ggml.pre"] = name,
            ["tokenizer.ggml.tokens"] = tokens,
            ["tokenizer.ggml.merges"] = merges,
        },
        out _)!;
}
