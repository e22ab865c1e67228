using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

public class PieceMatcherTests
{
    [Fact]
    public void The_longest_prefix_is_what_a_walk_over_all_texts_finds()
    {
        var random = new Random(9);
        for (var round = 0; round < 200; round++)
        {
            var texts = Enumerable.Range(0, random.Next(40)).Select(_ => Text(random, 6)).ToArray();
            var matcher = new PieceMatcher(texts.Select((text, id) => (text, id)));
            for (var i = 0; i < 50; i++)
            {
                var input = Text(random, 10);
                var longest = texts.Where(text => input.StartsWith(text, StringComparison.Ordinal)).MaxBy(text => text.Length) ?? "";
                var expected = longest.Length == 0 ? (-1, 0) : (Array.LastIndexOf(texts, longest), longest.Length);
                Assert.Equal(expected, matcher.LongestPrefix(input));
            }
        }
    }

    private static string Text(Random random, int most) =>
        new([.. Enumerable.Range(0, random.Next(most)).Select(_ => "ab\uFFFF\0"[random.Next(4)])]);
}
