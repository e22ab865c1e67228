using System.Text;
using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>Lowercase</c>: each code point in lower case, by Unicode's full mapping without context: a final sigma is a sigma, and İ becomes i with a dot above.</summary>
internal sealed class CaseNormalizer : NormalizerStep
{
    // The only code point whose lower case is two.
    private const char Dotted = '\u0130';

    /// <inheritdoc/>
    public override void Apply(AlignedText text) => Lower(text);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json) => json.Bare("Lowercase");

    /// <summary>Brings a text to lower case.</summary>
    public static void Lower(AlignedText text)
    {
        var chars = text.Chars;
        Span<char> pair = stackalloc char[2];
        for (var at = 0; at < chars.Length;)
        {
            var point = CodePoints.At(chars, at, out var length);
            if (length == 1 && point != Dotted)
            {
                text.Set(at, char.ToLowerInvariant(chars[at]));
            }
            else if (length == 2)
            {
                Rune.ToLowerInvariant(new Rune(point)).EncodeToUtf16(pair);
                text.Set(at, pair[0]);
                text.Set(at + 1, pair[1]);
            }
            at += length;
        }
        if (text.Chars.Contains(Dotted)) Undot(text);
    }

    private static void Undot(AlignedText text)
    {
        var from = 0;
        text.Begin();
        while (text.Chars[from..].IndexOf(Dotted) is >= 0 and var next)
        {
            text.Keep(from, from + next);
            text.Put("i\u0307", from + next, from + next + 1);
            from += next + 1;
        }
        text.Keep(from, text.Length);
        text.Commit();
    }
}
