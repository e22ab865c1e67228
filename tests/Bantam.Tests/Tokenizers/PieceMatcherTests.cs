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
                Assert.Equal(expected, matcher.LongestPrefix(input, out _));
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    public void A_scan_finds_at_each_place_what_a_walk_finds_there(int patience)
    {
        var random = new Random(10);
        for (var round = 0; round < 100; round++)
        {
            var texts = Enumerable.Range(0, random.Next(40)).Select(_ => Text(random, 6)).Append(new string('a', random.Next(300)) + 'b').ToArray();
            var matcher = new PieceMatcher(texts.Select((text, id) => (text, id)), patience);
            // Longer than the block of an automaton, now and then.
            var input = string.Concat(Enumerable.Range(0, random.Next(3000)).Select(_ => random.Next(8) == 0 ? new string('a', random.Next(20)) : Text(random, 6)));
            var scan = new PieceScan();
            for (var at = 0; at < input.Length; at += random.Next(1, 4))
                Assert.Equal(matcher.LongestPrefix(input.AsSpan(at), out _), scan.LongestAt(matcher, input, at));
        }
    }

    public static TheoryData<string, string[], string> Hostile => new()
    {
        { "aⁿb among a's", [.. Enumerable.Range(1, 1000).Select(n => new string('a', n) + 'b')], new string('a', 400_000) },
        { "a and a¹⁰²³b among a's", ["a", new string('a', 1023) + 'b'], new string('a', 100_000) },
        { "(ab)ⁿc among ab's", [.. Enumerable.Range(1, 500).Select(n => string.Concat(Enumerable.Repeat("ab", n)) + 'c')], string.Concat(Enumerable.Repeat("ab", 200_000)) },
        { "aⁿ but for the last", [.. Enumerable.Range(1, 100).Select(n => new string('a', 10 * n) + 'b')], string.Concat(Enumerable.Repeat(new string('a', 999) + "c", 100)) },
        { "long words without spaces", [.. Enumerable.Range(1, 1000).Select(n => $"{new string('x', n)}-{n}")], string.Concat(Enumerable.Repeat(new string('x', 1000) + '-', 100)) },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void The_work_is_linear_however_long_the_texts_are(string name, string[] texts, string input)
    {
        var matcher = new PieceMatcher(texts.Select((text, id) => (text, id)));
        var scan = new PieceScan();
        for (var at = 0; at < input.Length;) at += Math.Max(1, scan.LongestAt(matcher, input, at).Length);
        Assert.True(scan.Work < (20L * (input.Length + 1024)) + (8 * matcher.TotalLength), $"{name}: {scan.Work} steps for {input.Length} characters");
    }

    private static string Text(Random random, int most) =>
        new([.. Enumerable.Range(0, random.Next(most)).Select(_ => "ab\uFFFF\0"[random.Next(4)])]);
}
