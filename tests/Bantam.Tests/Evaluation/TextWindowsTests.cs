using System.Text;
using Bantam.Evaluation;
using Bantam.Tests.Tokenizers;
using Bantam.Tokenizers;

namespace Bantam.Tests.Evaluation;

public sealed class TextWindowsTests
{
    private const string Text = "Straße ä日本 and more";

    private static readonly Vocabulary Vocabulary = TokenizerData.Small(("▁", -1, TokenType.Normal), ("an", -2, TokenType.Normal));
    private static readonly SentencePieceBpe WithBos = new(Vocabulary);
    private static readonly SentencePieceBpe WithoutBos = new(Vocabulary with { AddBos = false });

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(512)]
    public void With_BOS_every_token_and_byte_is_scored_once(int length)
    {
        var ids = WithBos.Encode(Text, addBos: false);
        var windows = TextWindows.FromText(WithBos, Text, length);
        Assert.Equal(ids, windows.Windows.SelectMany(w => w.Skip(1)));
        Assert.All(windows.Windows, w => Assert.Equal(WithBos.BosId, w[0]));
        Assert.All(windows.Windows.SkipLast(1), w => Assert.Equal(length, w.Length));
        Assert.Equal(ids.Length, windows.ScoredTokens);
        Assert.Equal(Encoding.UTF8.GetByteCount(Text), windows.ScoredBytes);
        Assert.Equal($"non-overlapping windows of {length} tokens, BOS in each, every token after it scored", windows.Protocol);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(512)]
    public void Without_BOS_the_first_token_of_a_window_is_only_read(int length)
    {
        var ids = WithoutBos.Encode(Text, addBos: false);
        var windows = TextWindows.FromText(WithoutBos, Text, length);
        var scored = ids.Where((_, i) => i % length != 0).ToArray();
        Assert.Equal(scored, windows.Windows.SelectMany(w => w.Skip(1)));
        Assert.Equal(scored.Length, windows.ScoredTokens);
        Assert.Equal(scored.Sum(id => WithoutBos.Piece(id).Length), windows.ScoredBytes);
        Assert.Contains("no BOS", windows.Protocol);
    }

    [Fact]
    public void Documents_begin_new_windows()
    {
        var windows = TextWindows.FromText(WithBos, ["a b", "", "c"], 512);
        Assert.Equal(2, windows.Windows.Count);
        Assert.Equal(4, windows.ScoredBytes);
        Assert.EndsWith("; 2 documents, each from a new window", windows.Protocol);
    }

    [Fact]
    public void Tokens_are_scored_as_they_are()
    {
        var ids = WithBos.Encode(Text, addBos: true);
        var windows = TextWindows.FromTokens(WithBos, [ids], 512);
        Assert.Equal(ids, Assert.Single(windows.Windows));
        Assert.Equal(Encoding.UTF8.GetByteCount(Text), windows.ScoredBytes);
    }

    [Fact]
    public void A_text_without_tokens_is_refused() =>
        Assert.Equal("BT4002", Assert.Throws<BantamException>(() => TextWindows.FromText(WithBos, "")).Code);
}
