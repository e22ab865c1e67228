using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>Nmt</c>: takes controls of ASCII away and makes spaces of some that look like white space.</summary>
internal sealed class NmtNormalizer : NormalizerStep
{
    /// <inheritdoc/>
    public override void Apply(AlignedText text)
    {
        FilterNormalizer.Remove(text, point => point is (>= 1 and <= 8) or 0xB or (>= 0xE and <= 0x1F) or 0x7F or 0x8F or 0x9F);
        FilterNormalizer.Blank(text, point => point is
            9 or 0xA or 0xC or 0xD or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json) => json.Bare("Nmt");
}
