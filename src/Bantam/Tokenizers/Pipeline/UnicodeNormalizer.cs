using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>NFC</c>, <c>NFD</c>, <c>NFKC</c> and <c>NFKD</c>. What a stretch of characters becomes came of all of it.</summary>
internal sealed class UnicodeNormalizer(UnicodeForm form) : NormalizerStep
{
    /// <summary>Which form.</summary>
    public UnicodeForm Form => form;

    /// <inheritdoc/>
    public override void Apply(AlignedText text) => Apply(text, form);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json) => json.Bare($"NF{form}");

    /// <summary>Takes characters apart.</summary>
    public static void Decompose(AlignedText text) => Apply(text, UnicodeForm.D);

    private static void Apply(AlignedText text, UnicodeForm form)
    {
        var (from, begun) = (0, false);
        var first = text.Chars.IndexOfAnyInRange('\u00A0', '\uFFFF');
        if (first < 0) return;
        // The character in front of it may be the first of a stretch.
        for (var at = Math.Max(first - 1, 0); at < text.Length;)
        {
            var point = CodePoints.At(text.Chars, at, out var length);
            var end = UnicodeForms.EndOfStretch(text.Chars, at, form);
            if ((end > at + length || UnicodeForms.MayChange(point, form)) && UnicodeForms.Normalize(text.Chars[at..end], form) is var made && !text.Chars[at..end].SequenceEqual(made))
            {
                if (!begun) text.Begin();
                begun = true;
                text.Keep(from, at);
                text.Put(made, at, end);
                from = end;
            }
            at = end;
        }
        if (!begun) return;
        text.Keep(from, text.Length);
        text.Commit();
    }
}
