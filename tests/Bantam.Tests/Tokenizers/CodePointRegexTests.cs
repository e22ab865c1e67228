using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

public class CodePointRegexTests
{
    // Each match in brackets; what lies between as it is.
    [Theory]
    [InlineData("a|ab", "abab", "[a]b[a]b")]
    [InlineData("ab|a", "abaa", "[ab][a][a]")]
    [InlineData("a+b?", "aabcab", "[aab]c[ab]")]
    [InlineData("(?:ab)+", "ababa", "[abab]a")]
    [InlineData("(?:ab|a){2,3}c", "abaac abab", "[abaac] abab")]
    [InlineData("(?:ab|b){2}", "abbab", "[abb]ab")]
    [InlineData("a{2}", "aaaaa", "[aa][aa]a")]
    [InlineData("a{2,}", "a aaaa", "a [aaaa]")]
    [InlineData("[0-9]{1,3}", "12345", "[123][45]")]
    [InlineData(@"\s+(?!\S)", "a   b  ", "a[  ] b[  ]")]
    [InlineData(@"\s+(?=\S)", "a   b  ", "a[   ]b  ")]
    [InlineData(@"\s+$", "a  b  ", "a  b[  ]")]
    [InlineData(@"x$", "x\nx", "[x]\n[x]")]
    [InlineData("(?i:'s|'LL)", "'S'ſ'lL'l", "['S]['ſ]['lL]'l")]
    [InlineData("(?i:[k-m])n", "KnKnkNMn", "[Kn][Kn]kN[Mn]")]
    [InlineData("(?i:a(?:b))c", "ABcabC", "[ABc]abC")]
    [InlineData("[^a]", "a🦙b", "a[🦙][b]")]
    [InlineData("[🦙-🦚]+x", "🦙🦚🦛🦙x", "🦙🦚🦛[🦙x]")]
    [InlineData(".+", "🦙a\nb", "[🦙a]\n[b]")]
    [InlineData(".🦙", "🦙🦙🦙", "[🦙🦙]🦙")]
    [InlineData(@"\p{L}+", "aé日𝒳\u0301", "[aé日𝒳]\u0301")]
    [InlineData(@"\p{Lu}\p{Ll}*", "AbcÉÀb", "[Abc][É][Àb]")]
    [InlineData(@"\P{L}+", "a1-b", "a[1-]b")]
    [InlineData(@"[^\P{L}]", "1a", "1[a]")]
    [InlineData(@"\p{N}", "1½Ⅷ𝟘a", "[1][½][Ⅷ][𝟘]a")]
    [InlineData(@"\d+", "1½٣", "[1]½[٣]")]
    [InlineData(@"\p{Cc}", "a\u0085\0\n", "a[\u0085][\0][\n]")]
    [InlineData(@"\s", "\t\u000B\u0085\u00A0\u1680\u180E\u2007\u200B\u2028\u202F\u205F\u3000\uFEFF\u001C", "[\t][\u000B][\u0085][\u00A0][\u1680]\u180E[\u2007]\u200B[\u2028][\u202F][\u205F][\u3000]\uFEFF\u001C")]
    [InlineData(@"[\]\-\\a-c.]+", "]-\\b.d", "[]-\\b.]d")]
    [InlineData("a++b", "aaab", "[aaab]")]
    [InlineData("a++ab", "aaab", "aaab")]
    [InlineData("(?>a|ab)c", "abcac", "abc[ac]")]
    [InlineData("a?+b", "aab", "a[ab]")]
    [InlineData(@"\w+", "aé_1½-ʰ\u0301", "[aé_1½]-[ʰ\u0301]")]
    [InlineData(@"\W", "a-_", "a[-]_")]
    [InlineData(@"\bab", "ab cab 1ab ab", "[ab] cab 1ab [ab]")]
    [InlineData(@"a\B", "ab a", "[a]b a")]
    [InlineData(@"\p{Han}+", "日本ご々𠀀〇가", "[日本]ご[々𠀀〇]가")]
    [InlineData(@"[\P{Han}x]+", "日ab本", "日[ab]本")]
    [InlineData(@"[\p{L}&&[^\p{Han}]]+", "日ab本ご", "日[ab]本[ご]")]
    [InlineData("[a-d&&c-f]", "bcde", "b[c][d]e")]
    [InlineData("[^a-d&&c-f]", "bcde", "[b]cd[e]")]
    [InlineData("[a[bc]]+", "abcd", "[abc]d")]
    [InlineData("[^(\\s|[.,])]+", "ab.c (d|e", "[ab].[c] ([d]|[e]")]
    [InlineData("[]a]+", "a]b", "[a]]b")]
    [InlineData("[a-]+", "a-b", "[a-]b")]
    public void Matches_are_leftmost_in_order_and_greedy(string pattern, string text, string expected)
    {
        var regex = new CodePointRegex(pattern);
        var found = new System.Text.StringBuilder();
        var steps = CodePointRegex.Budget(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var (start, end) = regex.Find(text, at, ref steps);
            found.Append(text, at, start - at);
            if (end > start) found.Append('[').Append(text, start, end - start).Append(']');
            at = end;
        }
        Assert.Equal(expected, found.ToString());
    }

    // Not a row of the table above: attributes are UTF-8.
    [Fact]
    public void A_lone_surrogate_is_the_replacement_character() =>
        Matches_are_leftmost_in_order_and_greedy(@"\p{So}", "\uD800a\uDC00", "[\uD800]a[\uDC00]");

    [Theory]
    [InlineData("a**")]
    [InlineData("a+?")]
    [InlineData("a*")]
    [InlineData("a|")]
    [InlineData("(a?)*")]
    [InlineData("(a")]
    [InlineData("a)")]
    [InlineData("[a")]
    [InlineData("[]")]
    [InlineData("a{2,1}")]
    [InlineData("a{x}")]
    [InlineData("a{100000}")]
    [InlineData("(?:(?:(?:a{1000}b){1000})c){1000}")]
    [InlineData("(?<n>a)")]
    [InlineData("(?<=a)b")]
    [InlineData(@"(a)\1")]
    [InlineData("a{2}+")]
    [InlineData("[a&&b&&c]")]
    [InlineData(@"\p{Klingon}")]
    [InlineData(@"\b")]
    [InlineData(@"\pL")]
    [InlineData(@"a\")]
    [InlineData("[b-a]")]
    [InlineData("^a")]
    [InlineData("+a")]
    [InlineData("(?i:é)")]
    public void What_is_not_read_is_refused_by_name(string pattern) =>
        Assert.Equal("BT1045", Assert.Throws<ModelFileException>(() => new CodePointRegex(pattern)).Code);

    [Fact]
    public void Deep_nesting_is_refused() =>
        Assert.Equal("BT1045", Assert.Throws<ModelFileException>(() => new CodePointRegex(new string('(', 100_000) + "a" + new string(')', 100_000))).Code);

    [Theory]
    [InlineData("(?:a+)+b")]
    [InlineData("(?:a|aa)+b")]
    [InlineData("(?:a+a+)+b")]
    public void A_pattern_that_explodes_is_stopped(string pattern)
    {
        var regex = new CodePointRegex(pattern);
        var steps = CodePointRegex.Budget(1000);
        var refusal = Assert.Throws<BantamException>(() => regex.Find(new string('a', 1000), 0, ref steps));
        Assert.Equal("BT1038", refusal.Code);
    }
}
