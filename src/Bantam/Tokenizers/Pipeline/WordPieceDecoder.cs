using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>WordPiece</c>: a space before every token but the first and those that go on with a word.</summary>
/// <param name="prefix">What tokens begin with that go on with a word.</param>
/// <param name="cleanup">Whether spaces before punctuation and English contractions are taken away.</param>
internal sealed class WordPieceDecoder(string prefix, bool cleanup) : DecoderStep
{
    /// <summary>Reads the settings.</summary>
    public static WordPieceDecoder Read(JsonElement element, string file) => new(element.Needed("prefix", file), element.NeededFlag("cleanup", file));

    /// <inheritdoc/>
    public override DecodedPiece Apply(DecodedPiece piece, bool isFirst, bool isLast) => piece.Map(text =>
    {
        if (!isFirst) text = text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : " " + text;
        return cleanup ? SpaceCleanup.OfToken(text) : text;
    });

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json)
    {
        json.Begin("WordPiece");
        json.WriteString("prefix", prefix);
        json.WriteBoolean("cleanup", cleanup);
        json.WriteEndObject();
    }
}
