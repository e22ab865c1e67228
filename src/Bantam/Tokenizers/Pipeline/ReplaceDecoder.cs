using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>Replace</c> as a decoder: puts a text in the place of every match within a token.</summary>
internal sealed class ReplaceDecoder(TextPattern pattern, string content) : DecoderStep
{
    /// <summary>Reads the settings.</summary>
    public static ReplaceDecoder Read(JsonElement element, string file) => new(TextPattern.Read(element, file), element.Needed("content", file));

    /// <summary>Whether a match is one character, so that none lies across tokens.</summary>
    public bool IsOfOne => pattern.Text is { Length: 1 };

    /// <inheritdoc/>
    public override DecodedPiece Apply(DecodedPiece piece, bool isFirst, bool isLast) => piece.Map(text => pattern.Replace(text, content));

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json)
    {
        json.Begin("Replace");
        pattern.Write(json);
        json.WriteString("content", content);
        json.WriteEndObject();
    }
}
