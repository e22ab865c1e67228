using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>Prepend</c>: puts a text in front of any text that is not empty.</summary>
internal sealed class PrependNormalizer(string prefix) : NormalizerStep
{
    /// <summary>Reads the settings.</summary>
    public static PrependNormalizer Read(JsonElement element, string file) => new(element.Needed("prepend", file));

    /// <summary>What is put in front.</summary>
    public string Prefix => prefix;

    /// <inheritdoc/>
    public override void Apply(AlignedText text)
    {
        if (text.Length == 0) return;
        CodePoints.At(text.Chars, 0, out var first);
        text.Begin();
        text.Put(prefix, 0, first);
        text.Keep(0, text.Length);
        text.Commit();
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json)
    {
        json.Begin("Prepend");
        json.WriteString("prepend", prefix);
        json.WriteEndObject();
    }
}
