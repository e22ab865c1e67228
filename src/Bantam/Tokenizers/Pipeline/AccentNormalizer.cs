using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>StripAccents</c>: takes combining marks away. It takes nothing apart: NFD or NFKD before it does.</summary>
internal sealed class AccentNormalizer : NormalizerStep
{
    /// <inheritdoc/>
    public override void Apply(AlignedText text) => FilterNormalizer.Remove(text, CharacterClasses.IsMark);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json) => json.Bare("StripAccents");
}
