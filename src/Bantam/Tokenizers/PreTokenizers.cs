namespace Bantam.Tokenizers;

/// <summary>
/// The rules that are known: the names that GGUF files have in <c>tokenizer.ggml.pre</c>, and the patterns of the
/// published <c>tokenizer.json</c> files that go by them. A name or a pattern that is not here is never taken for another:
/// the ids would be wrong, and nothing would say so.
/// </summary>
public static class PreTokenizers
{
    private const string Words = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|";
    private const string Rest = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Upper = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+";
    private const string Lower = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*";
    private const string RestWithSlash = @"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Contraction = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?";

    /// <summary>Llama 3's pattern.</summary>
    internal const string WordsAndThreeDigits = Words + @"\p{N}{1,3}" + Rest;

    /// <summary>Qwen's pattern.</summary>
    internal const string WordsAndOneDigit = Words + @"\p{N}" + Rest;

    // Every letter that has a case, as deepseek-llm lists them. Escaped: some look alike, and an editor that normalises would change them.
    private const string CasedLetters =
        "\\s?[A-Za-z\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf\u01c4-\u0293\u0295-\u02af\u0370-\u0373\u0376\u0377\u037b-\u037d\u037f\u0386"
        + "\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03f5\u03f7-\u0481\u048a-\u052f\u0531-\u0556\u10a0-\u10c5\u13a0-\u13f5\u13f8-\u13fd\u1c90-\u1cba\u1cbd-\u1cbf"
        + "\u1d00-\u1d2b\u1d6b-\u1d77\u1d79-\u1d9a\u1e00-\u1f15\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d\u1f50-\u1f57\u1f59\u1f5b\u1f5d\u1f5f-\u1f7d\u1f80-\u1fb4"
        + "\u1fb6-\u1fbc\u1fbe\u1fc2-\u1fc4\u1fc6-\u1fcc\u1fd0-\u1fd3\u1fd6-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ff4\u1ff6-\u1ffc\u2102\u2107\u210a-\u2113\u2115\u2119-"
        + "\u211d\u2124\u2126\u2128\u212a-\u212d\u212f-\u2134\u2139\u213c-\u213f\u2145-\u2149\u214e\u2183\u2184\u2c00-\u2c7b\u2c7e-\u2ce4\u2ceb-\u2cee\u2cf2"
        + "\u2cf3\ua640-\ua66d\ua680-\ua69b\ua722-\ua76f\ua771-\ua787\ua78b-\ua78e\uab70-\uabbf\ufb00-\ufb06\ufb13-\ufb17\uff21-\uff3a\uff41-\uff5a\U00010400-"
        + "\U0001044f\U000104b0-\U000104d3\U000104d8-\U000104fb\U00010c80-\U00010cb2\U00010cc0-\U00010cf2\U000118a0-\U000118df\U0001e900-\U0001e943]+";

    private static readonly SplitStep Digits = new(SplitKind.Digits);
    private static readonly SplitStep Bytes = new(SplitKind.Bytes);
    private static readonly SplitStep WordsAndBytes = new(SplitKind.WordsAndBytes);
    private static readonly SplitStep[] Llama3 = [SplitStep.By(WordsAndThreeDigits), Bytes];
    private static readonly SplitStep[] DigitsFirst = [Digits, WordsAndBytes];
    private static readonly SplitStep Ideographs = SplitStep.By("[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+");

    /// <summary>Every rule; where several have the same steps, the first is the one that a tokenizer.json is taken for.</summary>
    internal static IReadOnlyList<PreTokenizer> All { get; } =
    [
        new("gpt-2", WordsAndBytes),
        new("phi-2", WordsAndBytes),
        new("llama-bpe", Llama3) { IgnoreMerges = true, AddBos = true },
        new("llama3", Llama3) { IgnoreMerges = true, AddBos = true },
        new("llama-v3", Llama3) { IgnoreMerges = true, AddBos = true },
        new("smaug-bpe", Llama3),
        new("dbrx", Llama3),
        new("qwen2", SplitStep.By(WordsAndOneDigit), Bytes) { Nfc = true },
        new("qwen35", SplitStep.By(@"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"), Bytes) { Nfc = true },
        new("smollm", DigitsFirst),
        new("starcoder", DigitsFirst),
        new("refact", DigitsFirst),
        new("tekken", SplitStep.By(Upper + "|" + Lower + @"|\p{N}" + RestWithSlash), Bytes) { IgnoreMerges = true, AddBos = true },
        new("gpt-4o", SplitStep.By(Upper + Contraction + "|" + Lower + Contraction + @"|\p{N}{1,3}" + RestWithSlash), Bytes),
        new("falcon", new SplitStep(SplitKind.PunctuationRuns), WordsAndBytes, new SplitStep(SplitKind.DigitRuns), SplitStep.By("[0-9][0-9][0-9]")),
        new("deepseek-coder", SplitStep.By(@"[\r\n]"), SplitStep.By(@"\s?\p{L}+"), SplitStep.By(@"\s?\p{P}+"), Ideographs, Digits, Bytes),
        new("deepseek-llm",
            SplitStep.By(@"[\r\n]"),
            SplitStep.By(CasedLetters),
            SplitStep.By("\\s?[!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002]+"),
            SplitStep.By(@"\s+$"),
            Ideographs,
            Digits,
            Bytes),
        new("deepseek-v3",
            SplitStep.By(@"\p{N}{1,3}"),
            SplitStep.By("[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+"),
            SplitStep.By(@"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"),
            Bytes),
    ];

    /// <summary>The names that are known.</summary>
    public static IEnumerable<string> Names => All.Select(rule => rule.Name);

    /// <summary>The rule of a name, or null.</summary>
    internal static PreTokenizer? Find(string name) => All.FirstOrDefault(rule => rule.Name == name);

    /// <summary>The rule with these steps, or null; one that treats merges as told comes before one that does not.</summary>
    internal static PreTokenizer? Find(IReadOnlyList<SplitStep> steps, bool ignoreMerges) =>
        All.Where(rule => rule.Steps.SequenceEqual(steps)).OrderBy(rule => rule.IgnoreMerges != ignoreMerges).FirstOrDefault();
}
