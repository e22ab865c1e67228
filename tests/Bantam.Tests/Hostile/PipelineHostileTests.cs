using System.Diagnostics;
using System.Text;
using Bantam.Formats;
using Bantam.Tokenizers;

namespace Bantam.Tests.Hostile;

/// <summary>Steps of a <c>tokenizer.json</c> that make no sense, are not known, or would take for ever.</summary>
public class PipelineHostileTests
{
    private const string Words = """{"type":"WordPiece","unk_token":"[UNK]","vocab":{"[UNK]":0,"a":1,"##a":2,"b":3}}""";

    public static TheoryData<string, string, string> Fields => new()
    {
        { "BT1045", "normalizer", """{"type":"Shout"}""" },
        { "BT1045", "normalizer", """{}""" },
        { "BT1045", "normalizer", """{"type":"Sequence","normalizers":[{"type":"NFC"},7]}""" },
        { "BT1045", "pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Jieba"}]}""" },
        { "BT1045", "pre_tokenizer", """{"type":"Split","pattern":{"Regex":"(?<=a)b"},"behavior":"Isolated"}""" },
        { "BT1045", "pre_tokenizer", """{"type":"Split","pattern":{"Regex":"(a)\\1"},"behavior":"Isolated"}""" },
        { "BT1045", "pre_tokenizer", """{"type":"Split","pattern":{"Regex":"a*"},"behavior":"Isolated"}""" },
        { "BT1045", "pre_tokenizer", """{"type":"Split","pattern":{"Regex":"(((a{900}){900}){900})"},"behavior":"Isolated"}""" },
        { "BT1045", "decoder", """{"type":"CTC","pad_token":"<pad>","word_delimiter_token":"|","cleanup":true}""" },
        { "BT1045", "decoder", """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"WordPiece","prefix":"##","cleanup":true}]}""" },
        { "BT1045", "decoder", """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":" ","start":2,"stop":0}]}""" },
        { "BT1045", "post_processor", """{"type":"Sequence","processors":[{"type":"BertProcessing","sep":["a",1],"cls":["a",1]},{"type":"BertProcessing","sep":["a",1],"cls":["a",1]}]}""" },
        { "BT1045", "post_processor", """{"type":"Stamp"}""" },
        { "BT1081", "normalizer", "[]" },
        { "BT1081", "normalizer", """{"type":"Strip","strip_left":1}""" },
        { "BT1081", "normalizer", """{"type":"Prepend"}""" },
        { "BT1081", "normalizer", """{"type":"BertNormalizer"}""" },
        { "BT1081", "normalizer", """{"type":"Replace","pattern":{"String":""},"content":"aaaaaaaaaa"}""" },
        { "BT1081", "normalizer", """{"type":"Replace","pattern":"x","content":""}""" },
        { "BT1081", "normalizer", """{"type":"Precompiled","precompiled_charsmap":"%%%"}""" },
        { "BT1091", "normalizer", """{"type":"Precompiled","precompiled_charsmap":"//////////8="}""" },
        { "BT1081", "pre_tokenizer", """{"type":"Split","pattern":{"String":"a"},"behavior":"Halved"}""" },
        { "BT1081", "pre_tokenizer", """{"type":"Metaspace","replacement":"__"}""" },
        { "BT1081", "pre_tokenizer", """{"type":"Metaspace","replacement":""}""" },
        { "BT1081", "pre_tokenizer", """{"type":"Metaspace","replacement":"_","prepend_scheme":"sometimes"}""" },
        { "BT1081", "pre_tokenizer", """{"type":"Metaspace","replacement":"_","prepend_scheme":"always","add_prefix_space":false}""" },
        { "BT1081", "pre_tokenizer", """{"type":"CharDelimiterSplit","delimiter":"ab"}""" },
        { "BT1081", "pre_tokenizer", """{"type":"FixedLength","length":0}""" },
        { "BT1081", "decoder", """{"type":"Strip","content":" ","start":-1,"stop":0}""" },
        { "BT1081", "decoder", """{"type":"WordPiece","cleanup":true}""" },
        { "BT1081", "decoder", """{"type":"BPEDecoder"}""" },
        { "BT1081", "post_processor", """{"type":"TemplateProcessing","single":[],"pair":[],"special_tokens":{}}""" },
        { "BT1081", "post_processor", """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"pair":[],"special_tokens":{}}""" },
        { "BT1081", "post_processor", """{"type":"BertProcessing","sep":["a"],"cls":["a",1]}""" },
        { "BT1044", "post_processor", """{"type":"BertProcessing","sep":["a",1],"cls":["a",4]}""" },
        { "BT1044", "post_processor", """{"type":"RobertaProcessing","sep":["a",-1],"cls":["a",1]}""" },
        { "BT1081", "truncation", """{"max_length":-1}""" },
        { "BT1081", "truncation", """{"max_length":4,"strategy":"Both"}""" },
        { "BT1081", "padding", """{"strategy":{"Fixed":2147483647},"pad_id":0}""" },
        { "BT1081", "padding", """{"strategy":"BatchLongest","direction":"Up","pad_id":0}""" },
        { "BT1044", "padding", """{"strategy":"BatchLongest","pad_id":4}""" },
        { "BT1041", "model", """{"type":"Unigram","unk_id":0,"vocab":[["a",NaN]]}""" },
        { "BT1041", "model", """{"type":"Unigram","unk_id":0,"vocab":[["a",-1e300]]}""" },
        { "BT1037", "model", """{"type":"Unigram","unk_id":0,"vocab":[["a"]]}""" },
        { "BT1044", "model", """{"type":"Unigram","unk_id":1,"vocab":[["a",0]]}""" },
        { "BT1037", "model", """{"type":"WordLevel","vocab":{"\ud800":0}}""" },
        { "BT1081", "model", """{"type":"WordPiece","vocab":{"a":0},"max_input_chars_per_word":-1}""" },
        { "BT1043", "model", """{"type":"BPE","vocab":{"a":0,"b":1},"merges":["a b"]}""" },
    };

    [Theory]
    [MemberData(nameof(Fields))]
    public void A_field_that_makes_no_sense_is_refused_in_one_line(string code, string field, string value)
    {
        var error = Assert.Throws<ModelFileException>(() => Read(field, value));
        Assert.Equal(code, error.Code);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Sequences_within_sequences_end_somewhere()
    {
        var deep = string.Concat(Enumerable.Repeat("""{"type":"Sequence","normalizers":[""", 100_000));
        Assert.Equal("BT1037", Assert.Throws<ModelFileException>(() => Read("normalizer", deep)).Code);
        // As deep as JSON is read, and nothing but sequences.
        var nested = string.Concat(Enumerable.Repeat("""{"type":"Sequence","normalizers":[""", 25)) + """{"type":"Lowercase"}""" + string.Concat(Enumerable.Repeat("]}", 25));
        Assert.Equal([1, 2], Tokenizer.Create(Read("normalizer", nested)).Encode("AA"));
    }

    [Fact]
    public void A_step_without_parts_is_none() => Assert.Equal([1, 2], Tokenizer.Create(Read("normalizer", """{"type":"Sequence","normalizers":[]}""")).Encode("aa"));

    [Fact]
    public void Ten_million_added_tokens_are_refused_by_their_number()
    {
        var tokens = "[" + string.Join(',', Enumerable.Repeat("{}", 10_000_000)) + "]";
        Assert.Equal("BT1040", Assert.Throws<ModelFileException>(() => Read("added_tokens", tokens)).Code);
    }

    [Theory]
    [InlineData("""{"type":"Replace","pattern":{"String":"a"},"content":"LONG"}""")]
    [InlineData("""{"type":"Sequence","normalizers":[{"type":"Replace","pattern":{"Regex":"."},"content":"aaaaaaaaaaaaaaaa"},{"type":"Replace","pattern":{"String":"a"},"content":"aaaaaaaaaaaaaaaa"}]}""")]
    public void Text_that_grows_without_measure_is_refused(string step)
    {
        var tokenizer = Tokenizer.Create(Read("normalizer", step.Replace("LONG", new string('b', 2000), StringComparison.Ordinal)));
        Assert.Equal("BT1080", Assert.Throws<BantamException>(() => tokenizer.Encode(new string('a', 10_000))).Code);
    }

    [Theory]
    [InlineData("(a+)+c")]
    [InlineData("(?:a|a)+c")]
    [InlineData("(?:a{1,50}){1,50}c")]
    public void A_pattern_that_tries_everything_is_stopped(string pattern)
    {
        var tokenizer = Tokenizer.Create(Read("pre_tokenizer", $$$"""{"type":"Split","pattern":{"Regex":"{{{pattern}}}"},"behavior":"Isolated","invert":false}"""));
        var start = Stopwatch.GetTimestamp();
        Assert.Equal("BT1038", Assert.Throws<BantamException>(() => tokenizer.Encode(new string('a', 5_000))).Code);
        // Not a measurement: what is not stopped takes longer than the universe.
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Lone_surrogates_are_the_replacement_character()
    {
        var tokenizer = Tokenizer.Create(Read("normalizer", """{"type":"NFKC"}"""));
        Assert.Equal(tokenizer.Encode("a\uFFFDa"), tokenizer.Encode("a\uD800a"));
        Assert.Equal(new TokenSpan(0, 3), tokenizer.EncodeWithOffsets("a\uDC00a").Spans[0]);
    }

    [Fact]
    public void A_text_of_marks_alone_is_one_stretch()
    {
        // 100,000 marks that all have to be sorted.
        var marks = string.Concat(Enumerable.Range(0, 100_000).Select(i => i % 2 == 0 ? '\u0301' : '\u0323'));
        var tokenizer = Tokenizer.Create(Read("normalizer", """{"type":"Sequence","normalizers":[{"type":"NFKC"},{"type":"NFD"},{"type":"StripAccents"}]}"""));
        Assert.Equal([1], tokenizer.Encode("a" + marks));
    }

    private static Vocabulary Read(string field, string value)
    {
        var text = field == "model" ? $$"""{"model":{{value}}}""" : $$"""{"model":{{Words}},"{{field}}":{{value}}}""";
        return TokenizerJson.Read(StrictJson.Parse(Encoding.UTF8.GetBytes(text), "hostile.json", new StrictJson.Codes("BT1037", "BT1037", "BT1037")), "hostile.json").Vocabulary;
    }
}
