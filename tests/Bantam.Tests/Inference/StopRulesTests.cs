using Bantam.Inference;

namespace Bantam.Tests.Inference;

public sealed class StopRulesTests
{
    [Theory]
    [InlineData("The end. More", "The ", "end.")]
    [InlineData("nothing here", "nothing here", "END", "xyz")]
    [InlineData("abababc!", "abab", "abc")]
    [InlineData("one\n\ntwo", "one", "\n\n")]
    [InlineData("first of two stops", "first ", "two", "of")]
    [InlineData("ends in a beginning: EN", "ends in a beginning: EN", "END")]
    [InlineData("empty stop strings stop nothing", "empty stop strings stop nothing", "")]
    public void Text_is_cut_at_the_first_stop_however_it_is_split(string text, string expected, params string[] stops)
    {
        for (var size = 1; size <= text.Length; size++)
        {
            var rules = new StopRules(stops);
            var shown = string.Concat(text.Chunk(size).Select(piece => rules.Append(new string(piece)))) + rules.Flush();
            Assert.Equal(expected, shown);
            Assert.Equal(expected != text, rules.Stopped);
        }
    }

    [Fact]
    public void Only_what_may_begin_a_stop_is_held_back()
    {
        var rules = new StopRules(["\nUser:"]);
        Assert.Equal("Hello", rules.Append("Hello\nUs"));
        Assert.Equal("\nUseful", rules.Append("eful"));
    }
}
