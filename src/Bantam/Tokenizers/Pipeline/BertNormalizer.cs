using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>BertNormalizer</c>: what BERT's own tokenizer does before it splits (Devlin et al. 2018, arXiv:1810.04805).</summary>
/// <param name="cleanText">Whether controls are taken away and white space becomes spaces.</param>
/// <param name="handleChineseChars">Whether ideographs stand between spaces.</param>
/// <param name="stripAccents">Whether letters lose their marks; null for: where text is brought to lower case.</param>
/// <param name="lowercase">Whether text is brought to lower case.</param>
internal sealed class BertNormalizer(bool cleanText, bool handleChineseChars, bool? stripAccents, bool lowercase) : NormalizerStep
{
    /// <summary>Whether text is brought to lower case.</summary>
    public bool Lowercase => lowercase;

    /// <summary>Whether letters lose their marks.</summary>
    public bool StripsAccents => stripAccents ?? lowercase;

    /// <summary>Whether it does all that BERT does besides.</summary>
    public bool IsWhole => cleanText && handleChineseChars;

    /// <summary>Reads the settings.</summary>
    public static BertNormalizer Read(JsonElement element, string file) => new(
        element.NeededFlag("clean_text", file), element.NeededFlag("handle_chinese_chars", file), element.Flag("strip_accents"), element.NeededFlag("lowercase", file));

    /// <inheritdoc/>
    public override void Apply(AlignedText text)
    {
        if (cleanText)
        {
            FilterNormalizer.Remove(text, point => point is 0 or 0xFFFD || CharacterClasses.IsControl(point));
            FilterNormalizer.Blank(text, CharacterClasses.IsSpace);
        }
        if (handleChineseChars) Part(text);
        if (StripsAccents)
        {
            UnicodeNormalizer.Decompose(text);
            FilterNormalizer.Remove(text, CharacterClasses.IsNonSpacingMark);
        }
        if (lowercase) CaseNormalizer.Lower(text);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json)
    {
        json.Begin("BertNormalizer");
        json.WriteBoolean("clean_text", cleanText);
        json.WriteBoolean("handle_chinese_chars", handleChineseChars);
        if (stripAccents is { } strip) json.WriteBoolean("strip_accents", strip);
        else json.WriteNull("strip_accents");
        json.WriteBoolean("lowercase", lowercase);
        json.WriteEndObject();
    }

    private static void Part(AlignedText text)
    {
        var (from, begun) = (0, false);
        for (var at = 0; at < text.Length;)
        {
            var isIdeograph = CharacterClasses.IsIdeograph(CodePoints.At(text.Chars, at, out var length));
            if (isIdeograph)
            {
                if (!begun) text.Begin();
                begun = true;
                text.Keep(from, at);
                text.Put(' ', at, at + length);
                text.Keep(at, at + length);
                text.Put(' ', at, at + length);
                from = at + length;
            }
            at += length;
        }
        if (!begun) return;
        text.Keep(from, text.Length);
        text.Commit();
    }
}
