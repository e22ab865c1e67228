using System.Text;
using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Tests.Formats;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

/// <summary>How added tokens are found, as Hugging Face's library defines lstrip, rstrip and single_word.</summary>
public class AddedTokenTests
{
    private const int Left = 256, Right = 257, Both = 258, Word = 259, Special = 260;

    private static readonly ByteLevelBpe Tokenizer = new(ByteLevelData.Small([],
        ("<l>", TokenType.UserDefined), ("<r>", TokenType.UserDefined), ("<lr>", TokenType.UserDefined), ("wort", TokenType.UserDefined), ("<s>", TokenType.Control)) with
    {
        Added = new Dictionary<int, AddedTokenRules>
        {
            [Left] = AddedTokenRules.LeftStrip,
            [Right] = AddedTokenRules.RightStrip,
            [Both] = AddedTokenRules.LeftStrip | AddedTokenRules.RightStrip,
            [Word] = AddedTokenRules.SingleWord,
            [Special] = AddedTokenRules.RightStrip,
        },
    });

    [Theory]
    [InlineData("a \n<l> b", "a[ \n<l>] b")]
    [InlineData("a <r> \u3000\tb", "a [<r> \u3000\t]b")]
    [InlineData(" <lr> <lr> ", "[ <lr> ][<lr> ]")]
    // What the one before took is no longer there.
    [InlineData("<r>  <l>", "[<r>  ][<l>]")]
    [InlineData("<l>  <l>", "[<l>][  <l>]")]
    [InlineData("wort wort, (wort)", "[wort] [wort], ([wort])")]
    [InlineData("worte Antwort wort_ 1wort wort1", "worte Antwort wort_ 1wort wort1")]
    [InlineData("éwort wort\u0301 wort\u200D 𝒳wort wort𝟘", "éwort wort\u0301 wort\u200D 𝒳wort wort𝟘")]
    [InlineData("½wort-wort🦙", "½[wort]-[wort]🦙")]
    [InlineData("<s> a", "<s> a", false)]
    [InlineData("<s> a", "[<s> ]a", true)]
    [InlineData("<s> <l>a", "[<s> ][<l>]a", true)]
    public void White_space_and_words_count_as_the_rules_say(string text, string expected, bool parseSpecial = false)
    {
        var tokens = Tokenizer.EncodeWithOffsets(text, parseSpecial: parseSpecial);
        var found = new StringBuilder(text);
        foreach (var (id, span) in tokens.Ids.Zip(tokens.Spans).Reverse())
            if (id >= Left) found.Insert(span.End, ']').Insert(span.Start, '[');
        Assert.Equal(expected, found.ToString());
    }

    [Fact]
    public void Rules_go_through_tokenizer_json_and_back()
    {
        using var folder = new ScratchFolder();
        var file = folder.File("tokenizer.json");
        using (var stream = File.Create(file)) TokenizerJsonWriter.Write(stream, Tokenizer.Vocabulary);
        var again = HuggingFaceTokenizer.ReadJson(file);
        Assert.Equal(Tokenizer.Vocabulary.Added.OrderBy(pair => pair.Key), again.Added.OrderBy(pair => pair.Key));
        // Encoding by both is the same.
        foreach (var text in new[] { "a <l> <r> b wort worte", " <s>  x<lr>" })
            Assert.Equal(Tokenizer.Encode(text, parseSpecial: true), new ByteLevelBpe(again).Encode(text, parseSpecial: true));
    }

    [Theory]
    [InlineData("Phi-3 mini", "phi3", "default", "<|end|>", AddedTokenRules.RightStrip)]
    [InlineData("PHI3", "llama", "default", "</s>", AddedTokenRules.RightStrip)]
    [InlineData("Phi-3 mini", "phi3", "default", "<s>", AddedTokenRules.None)]
    [InlineData("Phi-3 mini", "phi3", "default", "<|endoftext|>", AddedTokenRules.None)]
    [InlineData("Llama", "llama", "llama-bpe", "<|end|>", AddedTokenRules.None)]
    [InlineData("x", "jina-bert-v2", "jina-v2-code", "<mask>", AddedTokenRules.LeftStrip)]
    [InlineData("x", "nomic-bert-moe", "default", "<mask>", AddedTokenRules.LeftStrip)]
    [InlineData("x", "jina-bert-v2", "jina-v2-code", "</s>", AddedTokenRules.None)]
    [InlineData("modern-bert base", "modern-bert", "modern-bert", "[MASK]", AddedTokenRules.LeftStrip)]
    public void GGUF_files_have_the_rules_of_their_models_names(string name, string architecture, string pre, string token, AddedTokenRules rules)
    {
        using var folder = new ScratchFolder();
        string[] tokens = ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(value => ByteCharacters.Of((byte)value).ToString()), "<mask>", "[MASK]", "<|end|>", "<|endoftext|>"];
        var metadata = new GgufMetadata
        {
            ["general.architecture"] = architecture,
            ["general.name"] = name,
            ["tokenizer.ggml.model"] = "gpt2",
            ["tokenizer.ggml.pre"] = pre,
            ["tokenizer.ggml.tokens"] = tokens,
            ["tokenizer.ggml.merges"] = Array.Empty<string>(),
            ["tokenizer.ggml.token_type"] = Array.ConvertAll(tokens, text => text.Length > 1 ? 3 : 1),
        };
        var file = folder.File("a.gguf");
        GgufWriter.Write(file, metadata, []);
        using var gguf = GgufFile.Open(file);
        var vocabulary = GgufTokenizer.Read(gguf.Metadata, out _)!;
        Assert.Equal(rules, vocabulary.Added.GetValueOrDefault(Array.IndexOf(tokens, token)));
    }
}
