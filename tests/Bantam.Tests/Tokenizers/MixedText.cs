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
