using System.Text;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

public class ByteLevelBpeTests
{
    public static TheoryData<string> Published => ["gpt-2", "llama-bpe", "qwen2", "deepseek-llm"];

    [Theory]
    [MemberData(nameof(Published))]
    public void Decoding_gives_back_any_text(string name)
    {
        var tokenizer = ByteLevelData.Tokenizer(name);
        Assert.Equal(name == "qwen2", tokenizer.NormalizesText);
        var random = new Random(12);
        for (var i = 0; i < 2000; i++)
        {
            var text = i % 2 == 0 ? MixedText.Next(random, 40) : TokenizerData.RandomText(random);
            var scalars = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
            Assert.Equal(tokenizer.NormalizesText ? Nfc.Normalize(scalars) ?? scalars : scalars, tokenizer.Decode(tokenizer.Encode(text)));
        }
    }

    [Theory]
    [MemberData(nameof(Published))]
    public void A_stream_never_has_half_a_character_and_is_the_decoded_whole(string name)
    {
        var tokenizer = ByteLevelData.Tokenizer(name);
        var random = new Random(13);
        for (var i = 0; i < 1000; i++)
        {
            // Of any ids too, broken sequences among them.
            var ids = i % 2 == 0
                ? tokenizer.Encode(MixedText.Next(random, 12))
                : [.. Enumerable.Range(0, random.Next(30)).Select(_ => random.Next(random.Next(3) == 0 ? tokenizer.VocabularySize : 300))];
            var stream = new TextStream(tokenizer);
            var parts = ids.Select(stream.Append).ToList();
            parts.Add(stream.Flush());
            Assert.DoesNotContain(parts, part => part.Length > 0 && (char.IsHighSurrogate(part[^1]) || char.IsLowSurrogate(part[0])));
            Assert.Equal(tokenizer.Decode(ids), string.Concat(parts));
        }
    }

    [Fact]
    public void Bytes_merge_by_rank_the_leftmost_first()
    {
        var tokenizer = new ByteLevelBpe(ByteLevelData.Small(["b c", "a b", "a a", "aa a"]));
        Assert.Equal([97, 256], tokenizer.Encode("abc"));
        Assert.Equal([257, 97], tokenizer.Encode("aba"));
        Assert.Equal([259], tokenizer.Encode("aaa"));
        Assert.Equal([258, 258], tokenizer.Encode("aaaa"));
        Assert.Equal([258, 259], tokenizer.Encode("aaaaa"));
    }

    [Theory]
    [InlineData("gpt-2", new[] { 97, 256 })]
    [InlineData("llama-bpe", new[] { 258 })]
    public void A_word_that_is_an_entry_is_taken_whole_only_where_the_rule_says_so(string rule, int[] expected)
    {
        // Merges that stop before "abc": b c first, and nothing joins a and bc.
        var vocabulary = ByteLevelData.Small(["b c", "a b", "ab c"]) with { PreTokenizer = rule };
        var tokenizer = new ByteLevelBpe(vocabulary);
        Assert.Equal(expected, tokenizer.Encode("abc", addBos: false));
        // The second time it is known.
        Assert.Equal(expected, tokenizer.Encode("abc", addBos: false));
    }

    [Fact]
    public void The_heap_merges_as_looking_at_all_pairs_does()
    {
        var tokenizer = ByteLevelData.Tokenizer("gpt-2");
        var random = new Random(14);
        for (var i = 0; i < 500; i++)
        {
            // One word of letters: its first part is merged in short words, the whole in the heap.
            var word = string.Concat(Enumerable.Range(0, random.Next(1, ByteLevelRun.ShortWord)).Select(_ => (char)('a' + random.Next(i % 25 + 1))));
            var slow = SlowMerge(tokenizer, word);
            Assert.Equal(slow, tokenizer.Encode(word));
            var longer = word + word + word;
            Assert.Equal(SlowMerge(tokenizer, longer), tokenizer.Encode(longer));
        }
    }

    [Fact]
    public void Added_tokens_are_found_before_splitting_and_specials_only_when_asked_for()
    {
        var tokenizer = new ByteLevelBpe(ByteLevelData.Small(["< <", "/ s"], ("<b>", TokenType.UserDefined), ("<b> x", TokenType.UserDefined), ("é", TokenType.UserDefined), ("<s>", TokenType.Control)));
        Assert.Equal([97, 258, 97], tokenizer.Encode("a<b>a"));
        Assert.Equal([259, 258, 256, 98], tokenizer.Encode("<b> x<b><<b"));
        Assert.Equal([260, 60, 115, 62], tokenizer.Encode("é<s>"));
        Assert.Equal([260, 261, 258], tokenizer.Encode("é<s><b>", parseSpecial: true));
        Assert.Equal("é<b> x", tokenizer.Decode([260, 261, 259]));
        Assert.True(tokenizer.Piece(261).IsEmpty);
    }

    [Fact]
    public void Merges_make_no_control_token()
    {
        var tokenizer = new ByteLevelBpe(ByteLevelData.Small(["a b"]) with { BosId = 256, Types = [.. Enumerable.Repeat(TokenType.Normal, 256), TokenType.Control] });
        Assert.Equal([97, 98], tokenizer.Encode("ab"));
    }

    [Fact]
    public void A_byte_without_an_entry_is_unknown_or_the_vocabulary_is_refused()
    {
        var whole = ByteLevelData.Small([]);
        var without = whole with { Pieces = [.. whole.Pieces.Select((piece, id) => id == 'q' ? "<unk>" : piece)] };
        Assert.Equal("BT1042", Assert.Throws<ModelFileException>(() => new ByteLevelBpe(without)).Code);
        Assert.Equal([97, 'q', 97], new ByteLevelBpe(without with { UnkId = 'q' }).Encode("aqa"));
        Assert.Equal(new string('a', 300).Select(_ => 97).Append('q'), new ByteLevelBpe(without with { UnkId = 'q' }).Encode(new string('a', 300) + "q"));
        // No text has this byte.
        _ = new ByteLevelBpe(whole with { Pieces = [.. whole.Pieces.Select((piece, id) => id == 0xF8 ? "x y" : piece)] });
    }

    [Theory]
    [InlineData("no-such-rule")]
    [InlineData("gemma4")]
    public void A_rule_that_is_not_known_is_refused(string rule)
    {
        var refusal = Assert.Throws<ModelFileException>(() => Tokenizer.Create(ByteLevelData.Small([]) with { PreTokenizer = rule }));
        Assert.Equal("BT1045", refusal.Code);
        Assert.Contains(rule, refusal.Message);
    }

    [Fact]
    public void A_text_without_a_prompt_begins_with_BOS_or_behind_EOS()
    {
        var vocabulary = ByteLevelData.Small([], ("<e>", TokenType.Control), ("<b>", TokenType.Control));
        Assert.Equal(0, new ByteLevelBpe(vocabulary).StartId);
        Assert.Equal(256, new ByteLevelBpe(vocabulary with { EosIds = [256] }).StartId);
        Assert.Equal(257, new ByteLevelBpe(vocabulary with { EosIds = [256], BosId = 257 }).StartId);
    }

    [Fact]
    public void Each_kind_refuses_the_other()
    {
        Assert.Equal("BT1045", Assert.Throws<ModelFileException>(() => new SentencePieceBpe(ByteLevelData.Small([]))).Code);
        Assert.Equal("BT1045", Assert.Throws<ModelFileException>(() => new ByteLevelBpe(TokenizerData.Small())).Code);
    }

    public static TheoryData<string, string, string> LongTexts => new(
        from name in Published.Select(row => row.Data)
        from text in new (string Name, string Text)[]
        {
            ("letters", new('a', 100_000)),
            ("spaces", new(' ', 100_000)),
            ("spaces and a letter", new string(' ', 100_000) + "a"),
            ("emoji", string.Concat(Enumerable.Repeat("🦙", 50_000))),
            ("no spaces", string.Concat(Enumerable.Repeat("abcdefghijklmnopqrstuvwxyz", 4_000))),
            ("CJK", string.Concat(Enumerable.Repeat("日本", 50_000))),
            ("digits", new('7', 100_000)),
            ("newlines", new('\n', 100_000)),
            ("marks", "a" + string.Concat(Enumerable.Repeat("\u0301\u0323", 50_000))),
        }
        select (name, text.Name, text.Text));

    [Theory]
    [MemberData(nameof(LongTexts))]
    public void A_long_run_costs_n_log_n(string name, string kind, string text)
    {
        Assert.NotEmpty(kind);
        var tokenizer = ByteLevelData.Tokenizer(name);
        var ids = new List<int>();
        // Bytes are at most 3 n, pairs in the queue thrice that, and each walks up and down a heap of at most 2^20; splitting needs a few steps a unit.
        Assert.InRange(tokenizer.EncodeCounted(text, ids), 0, (9L * text.Length * 2 * 20) + (20L * text.Length));
        Assert.Equal(tokenizer.NormalizesText ? Nfc.Normalize(text) ?? text : text, tokenizer.Decode([.. ids]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_chain_of_merges_costs_n_log_n(bool longestFirst)
    {
        // Each entry is the one before and one letter more; where the longest comes first, every merge makes a better one possible.
        const int Longest = 400;
        var merges = Enumerable.Range(1, Longest - 1).Select(length => $"{new string('a', length)} a");
        var tokenizer = new ByteLevelBpe(ByteLevelData.Small([.. longestFirst ? merges.Reverse() : merges]));
        var ids = new List<int>();
        const int Length = 100_000;
        Assert.InRange(tokenizer.EncodeCounted(new string('a', Length), ids), 0, (9L * Length * 2 * 20) + (20L * Length));
        Assert.Equal(new string('a', Length), tokenizer.Decode([.. ids]));
    }

    [Fact]
    public void A_text_that_begins_with_BOS_gets_no_second()
    {
        var tokenizer = new ByteLevelBpe(ByteLevelData.Small([], ("<s>", TokenType.Control)) with { BosId = 256, AddBos = true });
        Assert.Equal([256, 97], tokenizer.Encode("a"));
        Assert.Equal([256, 97], tokenizer.Encode("<s>a", parseSpecial: true));
        Assert.Equal([new(0, 3), new(3, 1)], tokenizer.EncodeWithOffsets("<s>a", addBos: true, parseSpecial: true).Spans);
        Assert.Equal([256, 256, 97], tokenizer.Encode("<s><s>a", addBos: false, parseSpecial: true));
        // Typed text is text.
        Assert.Equal([256, 60, 115, 62], tokenizer.Encode("<s>"));
    }

    [Theory]
    [MemberData(nameof(Published))]
    public void Encoding_allocates_nothing_per_token_beyond_the_ids(string name)
    {
        var tokenizer = ByteLevelData.Tokenizer(name);
        var text = string.Concat(Enumerable.Repeat("the unmodelled 日本 1234 ", 500));
        var ids = new List<int>(text.Length * 4);
        tokenizer.Encode(text, ids);
        ids.Clear();
        var before = GC.GetAllocatedBytesForCurrentThread();
        tokenizer.Encode(text, ids);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 512);
    }

    // The definition, in quadratic time and on texts: the pair of least rank, leftmost, until there is none.
    private static List<int> SlowMerge(ByteLevelBpe tokenizer, string word)
    {
        var vocabulary = tokenizer.Vocabulary;
        var ranks = Ranks(vocabulary);
        var parts = word.Select(c => c.ToString()).ToList();
        while (true)
        {
            var (best, rank) = (-1, int.MaxValue);
            for (var i = 0; i + 1 < parts.Count; i++)
                if (ranks.TryGetValue((parts[i], parts[i + 1]), out var found) && found < rank) (best, rank) = (i, found);
            if (best < 0) return [.. parts.Select(part => Ids(vocabulary)[part])];
            parts[best] += parts[best + 1];
            parts.RemoveAt(best + 1);
        }
    }

    private static Dictionary<(string Left, string Right), int>? _ranks;
    private static Dictionary<string, int>? _ids;

    private static Dictionary<(string Left, string Right), int> Ranks(Vocabulary vocabulary) =>
        _ranks ??= vocabulary.Merges.Select((merge, rank) => (merge, rank)).ToDictionary(pair => (vocabulary.Pieces[pair.merge.Left], vocabulary.Pieces[pair.merge.Right]), pair => pair.rank);

    private static Dictionary<string, int> Ids(Vocabulary vocabulary) =>
        _ids ??= vocabulary.Pieces.Select((piece, id) => (piece, id)).ToDictionary(pair => pair.piece, pair => pair.id);
}
