using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Tests.Formats;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

public class PreTokenizersTests
{
    public static TheoryData<string> Names => [.. PreTokenizers.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_rule_that_is_written_is_read_as_the_same_rule(string name)
    {
        var rule = PreTokenizers.Find(name)!;
        var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream)) PreTokenizerJson.Write(json, rule.Steps);
        var element = JsonDocument.Parse(stream.ToArray()).RootElement;
        Assert.True(PreTokenizerJson.HasByteLevel(element));
        var again = PreTokenizers.Find(PreTokenizerJson.Read(element)!, rule.IgnoreMerges, rule.Nfc)!;
        // Of several names for one rule, the first.
        Assert.Equal(rule.Steps, again.Steps);
        Assert.Equal(rule.IgnoreMerges, again.IgnoreMerges);
        Assert.Equal(rule.Nfc, again.Nfc);
        Assert.Equal(again, PreTokenizers.All.First(other => other.Steps.SequenceEqual(rule.Steps) && other.IgnoreMerges == rule.IgnoreMerges && other.Nfc == rule.Nfc));
    }

    [Theory]
    [InlineData(true, "llama-bpe")]
    [InlineData(false, "smaug-bpe")]
    public void Llama_3_s_pattern_has_two_names_by_what_becomes_of_merges(bool ignoreMerges, string name) =>
        Assert.Equal(name, PreTokenizers.Find(PreTokenizers.Find("llama-bpe")!.Steps, ignoreMerges)!.Name);

    [Theory]
    [InlineData(null, "qwen2")]
    [InlineData(true, "qwen2")]
    [InlineData(false, "stablelm2")]
    public void Qwen_s_pattern_has_two_names_by_form_C(bool? nfc, string name) =>
        Assert.Equal(name, PreTokenizers.Find(PreTokenizers.Find("qwen2")!.Steps, false, nfc)!.Name);

    // As published, with line breaks as characters in one and escaped in the other.
    [Theory]
    [InlineData("gpt-2", """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true}""")]
    [InlineData("smollm", """{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}]}""")]
    [InlineData("qwen2", """{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":false,"use_regex":false}]}""")]
    [InlineData("deepseek-coder", """{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"[\r\n]"},"behavior":"Isolated","invert":false},{"type":"Split","pattern":{"Regex":"\\s?\\p{L}+"},"behavior":"Isolated","invert":false},{"type":"Split","pattern":{"Regex":"\\s?\\p{P}+"},"behavior":"Isolated","invert":false},{"type":"Split","pattern":{"Regex":"[一-龥ࠀ-一가-퟿]+"},"behavior":"Isolated","invert":false},{"type":"Digits","individual_digits":true},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]}""")]
    [InlineData("falcon", """{"type":"Sequence","pretokenizers":[{"type":"Punctuation","behavior":"Contiguous"},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},{"type":"Digits","individual_digits":false},{"type":"Split","pattern":{"Regex":"[0-9][0-9][0-9]"},"behavior":"Isolated","invert":false}]}""")]
    public void Published_pre_tokenizers_are_known(string name, string json) =>
        Assert.Equal(name, PreTokenizers.Find(PreTokenizerJson.Read(JsonDocument.Parse(json).RootElement)!, false)?.Name);

    [Theory]
    [InlineData("""{"type":"ByteLevel"}""", "", " abab")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":true}""", "", " abab")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Whitespace"},{"type":"ByteLevel","add_prefix_space":false}]}""", "", "abab")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(a+)+$"},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]}""", "unnamed", "abab")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"String":"a"},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false}]}""", "", "a b a b")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"b"},"behavior":"MergedWithPrevious","invert":false},{"type":"ByteLevel","add_prefix_space":false}]}""", "", "ab ab")]
    public void A_pattern_that_is_not_known_is_not_taken_for_another(string json, string rule, string pieces)
    {
        using var folder = new ScratchFolder();
        // All bytes, so that any text can be spelled, and the one merge.
        var vocab = string.Join(',', Enumerable.Range(0, 256).Select(value => $"{JsonSerializer.Serialize(ByteCharacters.Of((byte)value).ToString())}:{value}").Append("\"ab\":256").Append("\"abab\":257").Append("\"Ġabab\":258"));
        var text = $$$"""{"pre_tokenizer":{{{json}}},"model":{"type":"BPE","vocab":{ {{{vocab}}} },"merges":["a b","ab ab","Ġ abab"]}}""";
        var vocabulary = HuggingFaceTokenizer.ReadJson(folder.Write("tokenizer.json", text));
        Assert.Equal(rule.Length > 0 ? TokenizerKind.ByteLevelBpe : TokenizerKind.CharacterBpe, vocabulary.Kind);
        if (rule.Length > 0) Assert.Equal((rule, false), (vocabulary.PreTokenizer, GgufTokenizer.CanWrite(vocabulary, out _)));
        var tokenizer = Tokenizer.Create(vocabulary);
        Assert.Equal(pieces.Replace(" a", pieces[0] == ' ' ? "Ġa" : " a", StringComparison.Ordinal), string.Join(' ', tokenizer.Encode("abab").Select(id => vocabulary.Pieces[id])));
    }
}
