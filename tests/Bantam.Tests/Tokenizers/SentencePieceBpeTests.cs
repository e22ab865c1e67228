using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

public class SentencePieceBpeTests
{
    [Theory]
    [InlineData("llama2")]
    [InlineData("tok512")]
    [InlineData("mistral.v7")]
    [InlineData("noprefix")]
    public void Decoding_gives_back_any_text(string name)
    {
        var tokenizer = TokenizerData.Tokenizer(name);
        var random = new Random(11);
        for (var i = 0; i < 300; i++)
        {
            var text = TokenizerData.RandomText(random);
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        }
    }

    [Theory]
    [InlineData("\uD800")]
    [InlineData("a\uDC00b")]
    [InlineData("\uDC00\uD800")]
    [InlineData("\uD83E\uD83E\uDD99")]
    public void Lone_surrogates_become_the_replacement_character(string text)
    {
        var tokenizer = new SentencePieceBpe(TokenizerData.Small(("▁", -1, TokenType.Normal)));
        var expected = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text));
        Assert.Contains('\uFFFD', expected);
        Assert.Equal(expected, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Fact]
    public void The_leftmost_of_equal_scores_merges_first()
    {
        var tokenizer = new SentencePieceBpe(TokenizerData.Small(("a", -9, TokenType.Normal), ("aa", -1, TokenType.Normal)) with { AddSpacePrefix = false });
        Assert.Equal([260, 259], Plain(tokenizer, "aaa"));
    }

    [Fact]
    public void The_best_score_merges_first_wherever_it_stands()
    {
        var tokenizer = new SentencePieceBpe(TokenizerData.Small(
            ("a", -9, TokenType.Normal), ("b", -9, TokenType.Normal), ("c", -9, TokenType.Normal),
            ("ab", -2, TokenType.Normal), ("bc", -1, TokenType.Normal)) with
        { AddSpacePrefix = false });
        Assert.Equal([259, 263], Plain(tokenizer, "abc"));
    }

    [Fact]
    public void Names_of_control_tokens_are_text_unless_special_tokens_are_asked_for()
    {
        // Merges would reach <s> if control tokens could be built.
        var tokenizer = new SentencePieceBpe(TokenizerData.Small(
            ("<", -9, TokenType.Normal), ("s", -9, TokenType.Normal), (">", -9, TokenType.Normal),
            ("<s", -1, TokenType.Normal), ("x", -9, TokenType.Normal)) with
        { AddSpacePrefix = false });
        Assert.Equal([262, 261], Plain(tokenizer, "<s>"));
        Assert.Equal([263, 1, 263, 2], tokenizer.Encode("x<s>x</s>", addBos: false, parseSpecial: true));
        Assert.Equal([1, 259, 263, 261], tokenizer.Encode("<x>", parseSpecial: true));
        Assert.Equal([1, 262, 2], tokenizer.Encode("<s", addEos: true, parseSpecial: true));
    }

    [Fact]
    public void Each_text_between_special_tokens_gets_its_own_prefix()
    {
        var tokenizer = TokenizerData.Tokenizer("llama2");
        // The example in the documentation of transformers' LlamaTokenizer, with its legacy behaviour.
        Assert.Equal([1, 15043, 29871, 1, 869], tokenizer.Encode("Hello <s>.", parseSpecial: true));
        Assert.Equal([1, 15043, 2, 15043], tokenizer.Encode("<s>Hello</s>Hello", addBos: false, parseSpecial: true));
    }

    [Fact]
    public void Unknown_characters_in_a_row_are_one_unknown_token()
    {
        var tokenizer = TokenizerData.Tokenizer("plain");
        Assert.Equal(2, Plain(tokenizer, "é日").Length);
        Assert.Equal("\u2047 ", tokenizer.Decode([0])[1..]);
    }

    [Fact]
    public void Of_entries_with_one_text_the_last_is_found_and_all_decode()
    {
        var tokenizer = new SentencePieceBpe(TokenizerData.Small(("a", -1, TokenType.Normal), ("a", -1, TokenType.Normal)) with { AddSpacePrefix = false });
        Assert.Equal([260], Plain(tokenizer, "a"));
        Assert.Equal("aa", tokenizer.Decode([259, 260]));
    }

    [Fact]
    public void User_defined_pieces_with_plain_spaces_are_found()
    {
        var tokenizer = new SentencePieceBpe(TokenizerData.Small(("▁", -9, TokenType.Normal), ("a b", 0, TokenType.UserDefined), ("a b c", 0, TokenType.UserDefined)));
        Assert.Equal([259, 260, 259, 261], Plain(tokenizer, "a b a b c"));
        Assert.Equal("a b a b c", tokenizer.Decode([259, 260, 259, 261]));
    }

    [Fact]
    public void User_defined_pieces_take_no_part_in_merging()
    {
        var tokenizer = new SentencePieceBpe(TokenizerData.Small(
            ("a", -9, TokenType.Normal), ("ab", -1, TokenType.Normal), ("ba", -1, TokenType.Normal), ("b", 0, TokenType.UserDefined)) with
        { AddSpacePrefix = false });
        Assert.Equal([259, 262, 259], Plain(tokenizer, "aba"));
    }

    [Fact]
    public void Pieces_are_raw_bytes_and_control_tokens_have_none()
    {
        var tokenizer = TokenizerData.Tokenizer("llama2");
        Assert.Equal([(byte)0xFF], tokenizer.Piece(258).ToArray());
        Assert.Equal(" Hello"u8.ToArray(), tokenizer.Piece(15043).ToArray());
        Assert.Equal("Hello"u8.ToArray(), tokenizer.FirstPiece(15043).ToArray());
        Assert.True(tokenizer.Piece(1).IsEmpty && tokenizer.IsControl(1) && !tokenizer.IsControl(0));
        Assert.True(tokenizer.IsEos(2) && !tokenizer.IsEos(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Piece(32000).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([-1]));
    }

    [Theory]
    [InlineData("llama2", 5000)]
    [InlineData("tok512", 5000)]
    [InlineData("mistral.v1", 5000)]
    [InlineData("mistral.v7", 5000)]
    [InlineData("noprefix", 5000)]
    [InlineData("plain", 5000)]
    public void Words_merge_as_the_whole_text_does(string name, int texts)
    {
        var tokenizer = TokenizerData.Tokenizer(name);
        var random = new Random(31);
        var several = 0;
        for (var i = 0; i < texts; i++)
        {
            // Now and then more than a short word without a place to cut.
            var text = i % 50 == 0 ? new string("ab =-"[i / 50 % 5], random.Next(100, 400)) + MixedText.Next(random, 24) : MixedText.Next(random, 24);
            several += AssertAsWhole(tokenizer, text) > 1 ? 1 : 0;
        }
        Assert.InRange(several, texts / 2, texts);
    }

    public static TheoryData<string, string> OddPieces => new()
    {
        // Pieces that go on behind a space, end with one, hold one, or begin inside a character of two units.
        { "behind a space", "a▁ ▁b a▁b ab a▁bc" },
        { "ends with a space", "a▁ b▁ ab ab▁ ▁▁" },
        { "user-defined", "a▁ *b▁a *c ab ca *cab *▁c▁" },
        { "user-defined over a cut", "ab *b▁ ▁a ▁ab ba" },
        { "characters of two units", "🦙🦙 a🦙 🦙▁ 🦙a ▁🦙🦙" },
        { "unused that can be built", "ab +abc bc +bca +▁a ca" },
        { "unused that cannot be built", "+abcabc ab ca +[PAD] ▁a" },
        { "no piece for a character", "bb bc cb ▁bb" },
        { "equal scores", "=ab =bc =ca =abc =▁a =a▁" },
    };

    [Theory]
    [MemberData(nameof(OddPieces))]
    public void Words_merge_as_the_whole_text_does_with_odd_pieces(string name, string pieces)
    {
        Assert.NotEmpty(name);
        var random = new Random(32);
        foreach (var hasBytes in new[] { true, false })
        {
            var small = TokenizerData.Small(
            [
                .. (name == "no piece for a character" ? "ac▁" : "abc▁🦙").EnumerateRunes().Select(rune => (rune.ToString(), -9f, TokenType.Normal)),
                .. pieces.Split(' ').Select((piece, i) => piece[0] switch
                {
                    '*' => (piece[1..].Replace('▁', ' '), 0f, TokenType.UserDefined),
                    '+' => (piece[1..], -i, TokenType.Unused),
                    '=' => (piece[1..], -1f, TokenType.Normal),
                    _ => (piece, -((i * 7) % 5) - 1f, TokenType.Normal),
                }),
            ]);
            // Without all bytes, neighbours without a piece are one unknown token.
            var tokenizer = new SentencePieceBpe(hasBytes ? small : small with { Types = [.. small.Types.Select(type => type is TokenType.Byte ? TokenType.Control : type)] });
            for (var i = 0; i < 1000; i++)
                AssertAsWhole(tokenizer, string.Concat(Enumerable.Range(0, random.Next(i % 100 == 0 ? 300 : 16)).Select(_ => (string[])["a", "b", "c", " ", " ", "🦙", "é"]).Select(units => units[random.Next(units.Length)])));
        }
    }

    private static int AssertAsWhole(SentencePieceBpe tokenizer, string text)
    {
        var (ids, spans, whole, wholeSpans) = (new List<int>(), new List<TokenSpan>(), new List<int>(), new List<TokenSpan>());
        tokenizer.EncodeCounted(text, ids, spans);
        tokenizer.EncodeCounted(text, whole, wholeSpans, asOneWord: true);
        Assert.Equal((text, string.Join(' ', whole)), (text, string.Join(' ', ids)));
        Assert.Equal(wholeSpans, spans);
        return ids.Count;
    }

    public static TheoryData<string, string> LongTexts => new()
    {
        { "letters", new('a', 200_000) },
        { "spaces", new(' ', 200_000) },
        { "emoji", string.Concat(Enumerable.Repeat("🦙", 100_000)) },
        { "CJK", string.Concat(Enumerable.Repeat("日本", 100_000)) },
        { "words", string.Concat(Enumerable.Repeat("the model ", 20_000)) },
    };

    [Theory]
    [MemberData(nameof(LongTexts))]
    public void A_long_run_costs_n_log_n(string name, string text)
    {
        Assert.NotEmpty(name);
        var tokenizer = TokenizerData.Tokenizer("llama2");
        var ids = new List<int>();
        var steps = tokenizer.EncodeCounted(text, ids);
        // At most 3 n pairs enter the queue, and each walks up and down a heap of at most 2^20.
        Assert.InRange(steps, 0, 3L * text.Length * 2 * 20);
        Assert.Equal(text, tokenizer.Decode([.. ids]));
    }

    [Fact]
    public void Encoding_allocates_nothing_per_token_beyond_the_ids()
    {
        var tokenizer = TokenizerData.Tokenizer("llama2");
        var text = string.Concat(Enumerable.Repeat("the model 日本 ", 500));
        var ids = new List<int>(text.Length * 4);
        tokenizer.Encode(text, ids);
        ids.Clear();
        var before = GC.GetAllocatedBytesForCurrentThread();
        tokenizer.Encode(text, ids);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 512);
    }

    private static int[] Plain(SentencePieceBpe tokenizer, string text) => tokenizer.Encode(text, addBos: false);
}
