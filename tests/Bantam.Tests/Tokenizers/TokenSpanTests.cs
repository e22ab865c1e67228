using System.Text;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

public class TokenSpanTests
{
    public static TheoryData<string> Kinds => ["gpt-2", "llama-bpe", "qwen2", "deepseek-llm", "llama2", "tok512", "noprefix", "plain"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Spans_go_forward_cover_the_text_and_cut_no_character(string name)
    {
        var tokenizer = Any(name);
        var random = new Random(21);
        for (var i = 0; i < 2000; i++)
        {
            var text = MixedText.Next(random, 24);
            var tokens = tokenizer.EncodeWithOffsets(text, parseSpecial: i % 2 == 0);
            Assert.Equal(tokenizer.Encode(text, parseSpecial: i % 2 == 0), tokens.Ids);
            Assert.Equal(tokens.Ids.Length, tokens.Spans.Length);
            var end = 0;
            foreach (var span in tokens.Spans)
            {
                // The trimming tokenizer leaves out repeated spaces, and those at the ends.
                if (!tokenizer.Vocabulary.RemoveExtraWhitespaces) Assert.InRange(span.Start, 0, end);
                else if (span.Start > end) Assert.Equal("", text[end..span.Start].Trim(' '));
                Assert.InRange(span.End, end, text.Length);
                Assert.False(CutsPair(text, span.Start) || CutsPair(text, span.End));
                end = span.End;
            }
            if (tokenizer.Vocabulary.RemoveExtraWhitespaces) Assert.Equal("", text[end..].Trim(' '));
            else Assert.Equal(text.Length, end);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_token_that_is_whole_characters_stands_for_its_own_text(string name)
    {
        var tokenizer = Any(name);
        var random = new Random(22);
        var seen = 0;
        for (var i = 0; i < 500; i++)
        {
            var text = MixedText.Next(random, 24, surrogates: false);
            // Where nothing is normalised, each token that is text is the text of its span.
            if (Nfc.Normalize(text) is not null || tokenizer.Vocabulary.RemoveExtraWhitespaces || text.Contains(Vocabulary.Space)) continue;
            var tokens = tokenizer.EncodeWithOffsets(text, addBos: false);
            for (var at = 0; at < tokens.Ids.Length; at++)
            {
                if (tokenizer.Vocabulary.Types[tokens.Ids[at]] is not TokenType.Normal) continue;
                var (id, span) = (tokens.Ids[at], tokens.Spans[at]);
                var piece = Encoding.UTF8.GetString(at == 0 ? tokenizer.FirstPiece(id) : tokenizer.Piece(id));
                if (piece.Contains('\uFFFD')) continue;
                Assert.Equal(piece, text[span.Start..span.End]);
                seen++;
            }
        }
        if (!tokenizer.Vocabulary.RemoveExtraWhitespaces) Assert.InRange(seen, 1000, int.MaxValue);
    }

    [Theory]
    [InlineData("gpt-2", "a🦙b", "0+1 1+2 1+2 1+2 3+1")]
    [InlineData("gpt-2", "the models", "0+3 3+7")]
    // e and the accent are one character in form C, and so are the parts of the syllable.
    [InlineData("qwen2", "xe\u0301 \u1112\u1161\u11ABz", "0+1 1+2 3+4 7+1")]
    [InlineData("llama2", "Hello world", "0+0 0+5 5+6")]
    // Two characters without a piece: three and four bytes.
    [InlineData("llama2", "\u2603🦙", "0+0 0+0 0+1 0+1 0+1 1+2 1+2 1+2 1+2")]
    [InlineData("llama2", "<s>", "0+0 0+1 1+1 2+1")]
    public void Spans_are_known(string name, string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', Any(name).EncodeWithOffsets(text, addBos: name == "llama2").Spans.Select(span => $"{span.Start}+{span.Length}")));

    [Fact]
    public void A_lone_surrogate_is_one_unit()
    {
        // The bytes of U+FFFD are one token of GPT-2 each way round.
        Assert.Equal([new(0, 1), new(1, 1)], Any("gpt-2").EncodeWithOffsets("\uD83E!").Spans);
        Assert.Equal([new(0, 0), new(0, 1), new(1, 1)], Any("llama2").EncodeWithOffsets("\uDC00!", addBos: true).Spans.Where(span => span.Length > 0).Prepend(default));
    }

    [Fact]
    public void An_end_stands_for_nothing_behind_the_text()
    {
        var tokenizer = ByteLevelData.Tokenizer("gpt-2");
        var tokens = tokenizer.EncodeWithOffsets("a<|endoftext|>b", addEos: true, parseSpecial: true);
        Assert.Equal([new(0, 1), new(1, 13), new(14, 1), new(15, 0)], tokens.Spans);
    }

    [Fact]
    public void An_unknown_token_stands_for_all_that_it_takes()
    {
        var vocabulary = TokenizerData.Small(("▁", 0, TokenType.Normal), ("a", 0, TokenType.Normal));
        var tokenizer = new SentencePieceBpe(vocabulary with { Types = [.. vocabulary.Types.Select(type => type is TokenType.Byte ? TokenType.Control : type)] });
        Assert.Equal([new(0, 0), new(0, 1), new(1, 4), new(5, 1)], tokenizer.EncodeWithOffsets("ax🦙ya", addBos: false).Spans);
        var bytes = ByteLevelData.Small([]);
        var without = new ByteLevelBpe(bytes with { Pieces = [.. bytes.Pieces.Select((piece, id) => id is 0xC3 or 'q' ? $"<{id}>" : piece)], UnkId = 'q' });
        // q, and the first byte of é.
        Assert.Equal([new(0, 1), new(1, 1), new(1, 1), new(2, 1)], without.EncodeWithOffsets("qéa").Spans);
    }

    [Fact]
    public void Decoding_names_control_tokens_when_asked_to()
    {
        Assert.Equal("a<|endoftext|>b", ByteLevelData.Tokenizer("gpt-2").Decode([64, 50256, 65], keepSpecial: true));
        Assert.Equal("ab", ByteLevelData.Tokenizer("gpt-2").Decode([64, 50256, 65]));
        // The space in front of a text belongs to it, once something stands before.
        Assert.Equal("<s> Hello", TokenizerData.Tokenizer("llama2").Decode([1, 15043], keepSpecial: true));
        Assert.Equal("Hello", TokenizerData.Tokenizer("llama2").Decode([1, 15043]));
    }

    private static Tokenizer Any(string name) => ByteLevelBpeTests.Published.Any(row => row.Data == name) ? ByteLevelData.Tokenizer(name) : TokenizerData.Tokenizer(name);

    private static bool CutsPair(string text, int at) => at > 0 && at < text.Length && char.IsSurrogatePair(text[at - 1], text[at]);
}
