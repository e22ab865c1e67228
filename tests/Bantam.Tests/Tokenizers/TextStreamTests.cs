using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

public class TextStreamTests
{
    [Theory]
    [InlineData("llama2")]
    [InlineData("tok512")]
    [InlineData("noprefix")]
    [InlineData("plain")]
    public void Parts_of_any_ids_make_the_decoded_whole(string name)
    {
        var tokenizer = TokenizerData.Tokenizer(name);
        var random = new Random(5);
        for (var i = 0; i < 500; i++)
        {
            // Mostly the low ids, where control tokens and bytes lie: broken sequences of every kind.
            var ids = Enumerable.Range(0, random.Next(30)).Select(_ => random.Next(random.Next(4) == 0 ? tokenizer.VocabularySize : Math.Min(260, tokenizer.VocabularySize))).ToArray();
            AssertParts(tokenizer, ids);
        }
    }

    [Fact]
    public void Parts_of_encoded_text_make_the_text()
    {
        var tokenizer = TokenizerData.Tokenizer("llama2");
        var random = new Random(6);
        for (var i = 0; i < 200; i++)
        {
            var text = TokenizerData.RandomText(random);
            Assert.Equal(text, AssertParts(tokenizer, tokenizer.Encode(text)));
        }
    }

    [Fact]
    public void A_character_of_four_byte_tokens_appears_with_the_last()
    {
        var stream = new TextStream(TokenizerData.Tokenizer("llama2"));
        int[] llama = [0xF0 + 3, 0x9F + 3, 0xA6 + 3, 0x99 + 3];
        Assert.Equal(["", "", "", "🦙"], llama.Select(stream.Append));
        Assert.Equal("", stream.Flush());
    }

    [Fact]
    public void An_unfinished_character_is_flushed_as_one_replacement()
    {
        var stream = new TextStream(TokenizerData.Tokenizer("llama2"));
        Assert.Equal("", stream.Append(0xF0 + 3) + stream.Append(0x9F + 3));
        Assert.Equal("\uFFFD", stream.Flush());
        Assert.Equal("", stream.Flush());
    }

    [Fact]
    public void A_text_that_goes_on_keeps_the_leading_space()
    {
        var tokenizer = TokenizerData.Tokenizer("llama2");
        Assert.Equal("Hello", new TextStream(tokenizer).Append(15043));
        Assert.Equal(" Hello", new TextStream(tokenizer, continuesText: true).Append(15043));
    }

    [Fact]
    public void The_space_after_BOS_is_still_the_first()
    {
        var stream = new TextStream(TokenizerData.Tokenizer("llama2"));
        Assert.Equal("Hello Hello", stream.Append(1) + stream.Append(15043) + stream.Append(15043));
    }

    private static string AssertParts(SentencePieceBpe tokenizer, int[] ids)
    {
        var stream = new TextStream(tokenizer);
        var parts = ids.Select(stream.Append).ToList();
        parts.Add(stream.Flush());
        Assert.DoesNotContain(parts, part => part.Length > 0 && (char.IsHighSurrogate(part[^1]) || char.IsLowSurrogate(part[0])));
        Assert.Equal(tokenizer.Decode(ids), string.Concat(parts));
        return string.Concat(parts);
    }
}
