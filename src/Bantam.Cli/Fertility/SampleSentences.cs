namespace Bantam.Cli.Fertility;

/// <summary>
/// Sentences of everyday life, of computers, with numbers, dates and names, that say the same in each language: the eight of
/// Llama 3.1, and Indonesian, Polish and Bengali. In Thai, which writes no spaces between words, their borders are marked.
/// </summary>
internal static class SampleSentences
{
    /// <summary>The mark between words of a language without spaces; it is no part of the text.</summary>
    public const char Border = '|';

    /// <summary>The languages as their files and as people call them.</summary>
    internal static readonly (string Code, string Name)[] Languages =
    [
        ("en", "English"), ("de", "German"), ("fr", "French"), ("it", "Italian"), ("pt", "Portuguese"), ("hi", "Hindi"), ("es", "Spanish"), ("th", "Thai"),
        ("id", "Indonesian"), ("pl", "Polish"), ("bn", "Bengali"),
    ];

    /// <summary>All languages; English, with which the others are compared, is the first.</summary>
    public static IReadOnlyList<Sample> All() => [.. Languages.Select(language => Read(language.Name, Marked(language.Code)))];

    /// <summary>The lines of a language as its file has them, marks included.</summary>
    internal static string[] Marked(string code)
    {
        using var stream = typeof(SampleSentences).Assembly.GetManifestResourceStream($"Bantam.Cli.Fertility.{code}.txt")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static Sample Read(string label, string[] lines) =>
        new(label, [.. lines.Select(line => line.Replace($"{Border}", "", StringComparison.Ordinal))], lines.Sum(line => Words.CountMarked(line, Border)));
}
