using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

public class NfcTests
{
    // Mostly from Unicode Standard Annex 15 and the conformance file of Unicode.
    [Theory]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("\u2126", "\u03A9")]
    [InlineData("\u1E0A\u0323", "\u1E0C\u0307")]
    [InlineData("D\u0307\u0323", "\u1E0C\u0307")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("a\u0308\u0301", "\u00E4\u0301")]
    [InlineData("\u01D5", "\u01D5")]
    [InlineData("U\u0304\u0308", "\u1E7A")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01")]
    [InlineData("\uAC00\u11A8", "\uAC01")]
    [InlineData("\uAC01\u11A8", "\uAC01\u11A8")]
    [InlineData("\u1100\u1161", "\uAC00")]
    [InlineData("\uAC00\u11A7", "\uAC00\u11A7")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("\uFB2C", "\u05E9\u05BC\u05C1")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("\U00011131\U00011127", "\U0001112E")]
    [InlineData("\uF900", "\u8C48")]
    [InlineData("\u0301e\u0301", "\u0301\u00E9")]
    [InlineData("a\u05B0\u0301", "\u00E1\u05B0")]
    [InlineData("\u0061\u0315\u0300\u05AE\u0300\u0062", "\u00E0\u05AE\u0300\u0315\u0062")]
    [InlineData("\u0B47\u0300\u0B3E", "\u0B47\u0300\u0B3E")]
    [InlineData("\uFB01 Ⅷ", "\uFB01 Ⅷ")]
    public void Texts_come_out_in_form_C(string text, string expected)
    {
        Assert.Equal(expected, Nfc.Normalize(text) ?? text);
        Assert.Equal(expected, Nfc.Normalize(expected) ?? expected);
    }

    [Fact]
    public void Ordinary_text_is_not_copied()
    {
        foreach (var text in new[] { "", "plain", "éß", "мир", "日本語 한국어", "🦙", "\u2028" }) Assert.Null(Nfc.Normalize(text));
    }

    [Fact]
    public void Lone_surrogates_become_the_replacement_character() =>
        Assert.Equal("\uFFFD\u00E9\uFFFD", Nfc.Normalize("\uD800e\u0301\uDC00"));
}
