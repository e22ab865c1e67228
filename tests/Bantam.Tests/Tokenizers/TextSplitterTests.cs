using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

public class TextSplitterTests
{
    public static TheoryData<string> Patterns =>
    [
        TextSplitter.Gpt2, PreTokenizers.WordsAndThreeDigits, PreTokenizers.WordsAndOneDigit, PreTokenizers.WordsAndDigits, PreTokenizers.BareWords, PreTokenizers.PossessiveWords,
        PreTokenizers.WordsWithoutLines, PreTokenizers.WordsAndPowers, PreTokenizers.CapitalsAndThreeDigits, PreTokenizers.CapitalsAndOneDigit, PreTokenizers.BareCapitals,
        PreTokenizers.ThreesOfNumbers, PreTokenizers.ThreesOfDigits,
    ];

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Rules_by_hand_split_as_their_patterns_do(string pattern)
    {
        var hand = TextSplitter.Of(pattern == TextSplitter.Gpt2 ? new SplitStep(SplitKind.WordsAndBytes) : SplitStep.By(pattern))!;
        Assert.IsNotType<PatternSplitter>(hand);
        var slow = new PatternSplitter(pattern);
        var random = new Random(17);
        for (var i = 0; i < 20_000; i++)
        {
            var text = MixedText.Next(random, 24);
            Assert.Equal(Pieces(slow, text), Pieces(hand, text));
        }
    }

    [Fact]
    public void White_space_of_any_length_is_cut_as_the_pattern_does()
    {
        var (hand, slow) = (TextSplitter.Of(SplitStep.By(PreTokenizers.WordsAndPowers))!, new PatternSplitter(PreTokenizers.WordsAndPowers));
        for (var count = 1; count < 1200; count += count < 70 || count % 512 > 505 || count % 512 < 6 ? 1 : 97)
        {
            var spaces = new string(' ', count - 1) + (count % 2 == 0 ? "\u00A0" : "\t");
            foreach (var text in new[] { spaces, spaces + "a", "a" + spaces + "1", spaces + "\n" + spaces + "!", "! " + spaces + "\r\n" })
                Assert.Equal(Pieces(slow, text), Pieces(hand, text));
        }
    }

    // The pattern takes nothing, so the matcher does not run it: cut by definition.
    [Fact]
    public void Digits_are_cut_before_threes()
    {
        var splitter = TextSplitter.Of(SplitStep.By(PreTokenizers.BeforeThrees))!;
        var random = new Random(19);
        for (var i = 0; i < 5000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 16)).Select(_ => random.Next(6) switch { 0 => "a", 1 => "½", 2 => "𝟘", _ => "7" }));
            var digits = text.EnumerateRunes().Select(rune => System.Text.Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.DecimalDigitNumber).ToList();
            var (expected, part) = (new List<string>(), "");
            foreach (var (at, rune) in text.EnumerateRunes().Index())
            {
                var ahead = digits.Skip(at).TakeWhile(isDigit => isDigit).Count();
                if (ahead > 0 && ahead % 3 == 0 && part.Length > 0)
                {
                    expected.Add(part);
                    part = "";
                }
                part += rune;
            }
            Assert.Equal([.. expected, part], Pieces(splitter, text));
        }
    }

    [Fact]
    public void Every_code_point_is_split_alike_between_letters_digits_and_spaces()
    {
        foreach (var pattern in Patterns.Select(row => row.Data))
        {
            var hand = TextSplitter.Of(pattern == TextSplitter.Gpt2 ? new SplitStep(SplitKind.WordsAndBytes) : SplitStep.By(pattern))!;
            var slow = new PatternSplitter(pattern);
            for (var code = 0; code < 0x110000; code += code is > 0x3000 and < 0xD000 or > 0x20000 ? 61 : 1)
            {
                var c = code is >= 0xD800 and < 0xE000 ? ((char)code).ToString() : char.ConvertFromUtf32(code);
                var text = $"a{c}b {c}1{c} \n{c}{c}'{c}";
                Assert.Equal(Pieces(slow, text), Pieces(hand, text));
            }
        }
    }

    // One name for each sequence of steps.
    public static TheoryData<string> Names => [.. PreTokenizers.All.GroupBy(rule => string.Join(' ', rule.Steps)).Select(rules => rules.First().Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_rule_is_linear_on_long_runs_and_loses_nothing(string name)
    {
        var splitters = PreTokenizers.Find(name)!.Steps.Select(TextSplitter.Of).OfType<TextSplitter>().ToList();
        foreach (var unit in new[] { "a", "A", " ", "1", "!", "🦙", "日", "\n", "\u0301", " a", " \n", "  x", "a1", "'s", "\uD800" })
        {
            var text = string.Concat(Enumerable.Repeat(unit, 100_000 / unit.Length));
            foreach (var input in new[] { text, text + "x", "x" + text, text + "\n" })
                foreach (var splitter in splitters)
                {
                    // A search that needs more than its budget throws: this is the bound.
                    Assert.Equal(input.Length, Pieces(splitter, input).Sum(piece => piece.Length));
                }
        }
    }

    private static List<string> Pieces(TextSplitter splitter, string text)
    {
        var pieces = new List<string>();
        var steps = CodePointRegex.Budget(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var end = splitter.End(text, at, ref steps);
            pieces.Add(text[at..end]);
            at = end;
        }
        return pieces;
    }
}
