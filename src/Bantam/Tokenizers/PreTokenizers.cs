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

    /// <summary>Cohere's threes of digits, from the right; not where a letter follows.</summary>
    internal const string ThreesOfNumbers = @"\d{1,3}(?=(?:\d{3})*\b)";

    /// <summary>Arcee's threes of digits, from the right.</summary>
    internal const string ThreesOfDigits = @"\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N}))";

    /// <summary>SuperBPE's: nothing is taken, digits are cut where threes follow to their end.</summary>
    internal const string BeforeThrees = @"(?=(\d{3})+(?!\d))";

    /// <summary>GPT-4o's pattern.</summary>
    internal const string CapitalsAndThreeDigits = Upper + Contraction + "|" + Lower + Contraction + @"|\p{N}{1,3}" + RestWithSlash;

    /// <summary>The same, digit by digit.</summary>
    internal const string CapitalsAndOneDigit = Upper + Contraction + "|" + Lower + Contraction + @"|\p{N}" + RestWithSlash;

    /// <summary>Tekken's pattern.</summary>
    internal const string BareCapitals = Upper + "|" + Lower + @"|\p{N}" + RestWithSlash;

    /// <summary>Llama 3's pattern with any number of digits.</summary>
    internal const string WordsAndDigits = Words + @"\p{N}+" + Rest;

    /// <summary>Qwen's pattern without contractions.</summary>
    internal const string BareWords = @"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + Rest;

    /// <summary>Qwen's pattern as Ling writes it; the possessive quantifiers and the single line break take what the others take.</summary>
    internal const string PossessiveWords = @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+";

    /// <summary>Qwen's pattern, other characters without line breaks behind.</summary>
    internal const string WordsWithoutLines = Words + @"\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Llama 3's pattern with white space in powers of two.</summary>
    internal const string WordsAndPowers = Words + @"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s{512}(?!\S)|\s{256}(?!\S)|\s{128}(?!\S)|\s{64}(?!\S)|\s{32}(?!\S)|\s{16}(?!\S)|\s{8}(?!\S)|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}";

    private const string NotHan = "&&[^\\p{Han}]";
    private const string UpperNotHan = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}" + NotHan + "]";
    private const string LowerNotHan = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}" + NotHan + "]";
    private const string Kimi =
        @"[\p{Han}]+|[^\r\n\p{L}\p{N}]?" + UpperNotHan + "*" + LowerNotHan + "+" + Contraction + @"|[^\r\n\p{L}\p{N}]?" + UpperNotHan + "+" + LowerNotHan + "*" + Contraction
        + @"|\p{N}{1,3}" + Rest;

    private const string MarkedWords = @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+";
    private const string LinesAndSpaces = @"|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly SplitStep Digits = new(SplitKind.Digits);
    private static readonly SplitStep Bytes = new(SplitKind.Bytes);
    private static readonly SplitStep WordsAndBytes = new(SplitKind.WordsAndBytes);
    private static readonly SplitStep ThreeDigits = SplitStep.By(@"\p{N}{1,3}");
    private static readonly SplitStep EachThreeDigits = SplitStep.By("[0-9][0-9][0-9]");
    private static readonly SplitStep Ideographs = SplitStep.By("[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+");
    private static readonly SplitStep KanjiAndKana = SplitStep.By("[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+");
    private static readonly SplitStep NoPunctuation = SplitStep.By(" ?[^(\\s|[.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c])]+");

    private static readonly SplitStep[] Gpt2 = [WordsAndBytes];
    private static readonly SplitStep[] Llama3 = [SplitStep.By(WordsAndThreeDigits), Bytes];
    private static readonly SplitStep[] Qwen2 = [SplitStep.By(WordsAndOneDigit), Bytes];
    private static readonly SplitStep[] DigitsFirst = [Digits, WordsAndBytes];
    private static readonly SplitStep[] Gpt4o = [SplitStep.By(CapitalsAndThreeDigits), Bytes];
    private static readonly SplitStep[] DeepSeek3 = [ThreeDigits, KanjiAndKana, SplitStep.By(MarkedWords + @"[\r\n]*" + LinesAndSpaces), Bytes];

    /// <summary>Every rule; where several have the same steps, the first is the one that a tokenizer.json is taken for.</summary>
    internal static IReadOnlyList<PreTokenizer> All { get; } =
    [
        .. Named(Gpt2, "gpt-2", "phi-2", "jina-es", "jina-de", "jina-v1-en", "jina-v2-es", "jina-v2-de", "jina-v2-code", "roberta-bpe", "gigachat", "a.x-4.0", "mellum",
            "modern-bert", "exaone4", "jais", "trillion", "granite-docling"),
        // GPT-NeoX and its heirs.
        .. Named(Gpt2, "mpt", "olmo").Select(rule => rule with { Nfc = true }),
        .. Named(Llama3, "llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano").Select(rule => rule with { IgnoreMerges = true, AddBos = true }),
        .. Named(Llama3, "smaug-bpe", "dbrx", "glm4", "chatglm-bpe"),
        .. Named(Qwen2, "qwen2").Select(rule => rule with { Nfc = true }),
        .. Named(Qwen2, "stablelm2", "hunyuan", "solar-open", "deepseek-r1-qwen", "kormo", "f2llmv2", "megrez", "grok-2"),
        new("qwen35", SplitStep.By(@"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"), Bytes) { Nfc = true },
        .. Named(DigitsFirst, "smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b", "mellum2"),
        new("tekken", SplitStep.By(BareCapitals), Bytes) { IgnoreMerges = true, AddBos = true },
        .. Named(Gpt4o, "gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2"),
        new("granite-embed-multi-97m", Gpt4o) { IgnoreMerges = true },
        new("falcon", new SplitStep(SplitKind.PunctuationRuns), WordsAndBytes, new SplitStep(SplitKind.ByteDigitRuns), EachThreeDigits),
        // What llama.cpp takes for files that are older than the key.
        new("default", SplitStep.By(@"[\p{P}\$\+<=>\^~\|]+"), WordsAndBytes, SplitStep.By(@"\p{N}+"), EachThreeDigits),
        new("deepseek-coder", SplitStep.By(@"[\r\n]"), SplitStep.By(@"\s?\p{L}+"), SplitStep.By(@"\s?\p{P}+"), Ideographs, Digits, Bytes),
        new("deepseek-llm",
            SplitStep.By(@"[\r\n]"),
            SplitStep.By(CasedLetters),
            SplitStep.By("\\s?[!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002]+"),
            SplitStep.By(@"\s+$"),
            Ideographs,
            Digits,
            Bytes),
        .. Named(DeepSeek3, "deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4"),
        new("spark2_5", ThreeDigits, KanjiAndKana, SplitStep.By(MarkedWords + @"|[\r\n]|\s+(?!\S)|\s+"), Digits, Bytes),
        new("youtu",
            SplitStep.By("[\uac00-\ud7a3\u3131-\u318e]+|[\uff01\u2026\u201c\u201d\u2018\u2019\u2014\uff1a\uff1b\uff0c\u3001-\u303f\ufe30-\ufe4f]+|[\u3105-\u312f]+|[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+"),
            SplitStep.By(CapitalsAndOneDigit),
            Bytes) { IgnoreMerges = true },
        .. Named([NoPunctuation, Bytes], "bloom", "poro-chat", "gpt3-finnish"),
        new("viking", NoPunctuation, Digits, Bytes),
        new("chameleon",
            SplitStep.By("<sentinel:[0-9]+>"),
            SplitStep.By("(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z"),
            SplitStep.By(@"([\t\n]|    |  )"),
            Digits,
            SplitStep.By(@"[\p{P}!-/:-@\[-`{-~]"),
            WordsAndBytes) { AddBos = true },
        .. Named([SplitStep.By(ThreesOfNumbers), .. Gpt4o], "tiny_aya", "cohere2moe"),
        new("kimi-k2", SplitStep.By(Kimi), Bytes),
        new("superbpe", new SplitStep(SplitKind.DigitRuns), SplitStep.By(BeforeThrees), Bytes),
        .. Named([SplitStep.By(PossessiveWords), Bytes], "bailingmoe", "bailingmoe2", "llada-moe"),
        new("seed-coder", SplitStep.By(WordsWithoutLines), Bytes),
        new("ufakzeka", SplitStep.By(BareWords), Bytes),
        new("jais-2", SplitStep.By(WordsAndPowers), Bytes),
        new("minicpm5", ThreeDigits, SplitStep.By(WordsAndDigits), Bytes) { IgnoreMerges = true },
        new("laguna", [SplitStep.By(@"[^\n]+|[\n]+"), .. Qwen2]),
        new("exaone-moe", SplitStep.By(@"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+"), Bytes),
        new("afmoe",
            SplitStep.By(ThreesOfDigits),
            SplitStep.By("[\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff\u3040-\u309f\u30a0-\u30ff\uff65-\uff9f\u2f00-\u2fdf\u0e40-\u0e7f\u0e80-\u0eff\u1780-\u17ff\u1000-\u109f\uaa60-\uaa7f\ua9e0-\ua9ff\uac00-\ud7af\u1100-\u11ff]+"),
            DeepSeek3[2],
            Bytes),
    ];

    private static readonly Dictionary<string, PreTokenizer> ByName = All.ToDictionary(rule => rule.Name, StringComparer.Ordinal);

    /// <summary>The names that are known.</summary>
    public static IEnumerable<string> Names => All.Select(rule => rule.Name);

    /// <summary>One rule for each way to make ids of text.</summary>
    internal static IEnumerable<PreTokenizer> Distinct => All.DistinctBy(rule => (string.Join(' ', rule.Steps), rule.IgnoreMerges, rule.Nfc));

    /// <summary>The rule of a name, or null.</summary>
    internal static PreTokenizer? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The rule with these steps, or null; one that treats merges and, where told, form C likewise comes before one that does not.</summary>
    internal static PreTokenizer? Find(IReadOnlyList<SplitStep> steps, bool ignoreMerges, bool? nfc = null) =>
        All.Where(rule => rule.Steps.SequenceEqual(steps)).OrderBy(rule => rule.IgnoreMerges != ignoreMerges).ThenBy(rule => nfc is not null && rule.Nfc != nfc).FirstOrDefault();

    private static IEnumerable<PreTokenizer> Named(SplitStep[] steps, params string[] names) => names.Select(name => new PreTokenizer(name, steps));
}
