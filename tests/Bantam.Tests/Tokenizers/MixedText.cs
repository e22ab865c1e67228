namespace Bantam.Tests.Tokenizers;

/// <summary>Random texts in which what tokenizers treat differently stands side by side: scripts, white space, digits, code, emoji.</summary>
internal static class MixedText
{
    private static readonly string[] Parts =
    [
        " ", "  ", "\n", "\r\n", "\t", "\u00A0", "\u3000", "\u2028", "\u0085", "   ", "'s", "'S", "'ll", "'Re", "'t", "'", "\"", "’s",
        "a", "A", "the", " The", "model", "WORLD", "camelCase", "é", "ß", "Æ", "ﬁ", "мир", "Мир", "κόσμος", "שלום", "مرحبا", "नमस्ते", "สวัสดี", "日本", "語", "한국어", "ខ្មែរ", "𝒳", "ǅ", "ʰ",
        "0", "1", "42", "123", "2026", "½", "Ⅷ", "٣", "①", "𝟘",
        ".", ",", "!", "?!", "...", "-", "_", "/", "\\", "(", ")", "{", "}", "[", "]", "<", ">", "=", "==", "+", "$", "€", "#", "@", "&&", "|", "~", "^", "`", ";", ":", "%", "*",
        "🦙", "👍🏽", "👩‍💻", "🇮🇩", "❤️", "\u200B", "\u200D", "\u0301", "\u0483", "\uFEFF", "\uFFFD", "\0", "\u001C", "\u007F", "\uE000", "。", "、", "「", "，",
        "<|endoftext|>", "<s>", "if (x != 0) {", "    return", "\t\t", "https://", "3.14",
    ];

    /// <summary>How many texts are compared with llama.cpp.</summary>
    public const int Texts = 20_000;

    /// <summary>Where their sequence begins.</summary>
    public const int Seed = 4;

    /// <summary>The 64-bit FNV-1a hash of nothing.</summary>
    public const ulong EmptyHash = 14695981039346656037;

    /// <summary>
    /// A text whose ids are the same in llama.cpp 0.5.0-dev: without hieroglyphs of Unicode 16, which are no letters there,
    /// and without the ideographic space, which deepseek-llm's pattern counts as punctuation and llama.cpp as a vertical tab.
    /// </summary>
    public static string Comparable(Random random) =>
        string.Concat(Next(random, 32, surrogates: false).EnumerateRunes().Where(rune => rune.Value is not (0x3000 or (>= 0x13460 and <= 0x143FF))));

    /// <summary>A text without the Balinese punctuation of Unicode 16, which is none in llama.cpp 0.5.0-dev: only where words end at punctuation does it show.</summary>
    public static string WithoutNewPunctuation(string text) => string.Concat(text.EnumerateRunes().Where(rune => rune.Value is not (0x1B4E or 0x1B4F or 0x1B7F)));

    /// <summary>Continues a hash by the ids of one text and its end.</summary>
    public static ulong Hash(ulong hash, IEnumerable<int> ids)
    {
        foreach (var id in ids.Append(-1)) hash = (hash ^ (uint)id) * 1099511628211;
        return hash;
    }

    /// <summary>A text of at most <paramref name="most"/> parts.</summary>
    public static string Next(Random random, int most, bool surrogates = true)
    {
        var text = new System.Text.StringBuilder();
        for (var left = random.Next(most + 1); left > 0; left--)
        {
            text.Append(random.Next(16) switch
            {
                0 => ((char)random.Next(0x20, 0x7F)).ToString(),
                1 => Any(random),
                2 when surrogates && random.Next(4) == 0 => ((char)random.Next(0xD800, 0xE000)).ToString(),
                _ => Parts[random.Next(Parts.Length)],
            });
        }
        return text.ToString();
    }

    // Scalars of all planes, the first most often.
    private static string Any(Random random)
    {
        var code = random.Next(4) == 0 ? random.Next(0x10000, 0x110000) : random.Next(0x80, 0x10000 - 0x800);
        return char.ConvertFromUtf32(code is >= 0xD800 and < 0x10000 ? code + 0x800 : code);
    }
}
