using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>Strip</c>: takes white space away at the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : NormalizerStep
{
    /// <summary>Reads the settings.</summary>
    public static StripNormalizer Read(JsonElement element, string file) => new(element.NeededFlag("strip_left", file), element.NeededFlag("strip_right", file));

    /// <inheritdoc/>
    public override void Apply(AlignedText text)
    {
        // No white space lies beyond the basic plane.
        var (start, end) = (0, text.Length);
        while (left && start < end && CharacterClasses.IsSpace(text.Chars[start])) start++;
        while (right && end > start && CharacterClasses.IsSpace(text.Chars[end - 1])) end--;
        if (end - start < text.Length) text.Cut(start, end);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json)
    {
        json.Begin("Strip");
        json.WriteBoolean("strip_left", left);
        json.WriteBoolean("strip_right", right);
        json.WriteEndObject();
    }
}
