using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>BPEDecoder</c>: the mark at the end of words becomes a space, in the last token nothing.</summary>
internal sealed class SuffixDecoder(string suffix) : DecoderStep
{
    /// <summary>Reads the settings.</summary>
    public static SuffixDecoder Read(JsonElement element, string file) => new(element.Needed("suffix", file));

    /// <inheritdoc/>
    public override bool SeesLast => suffix.Length > 0;

    /// <inheritdoc/>
    public override DecodedPiece Apply(DecodedPiece piece, bool isFirst, bool isLast) =>
        suffix.Length == 0 ? piece : piece.Map(text => text.Replace(suffix, isLast ? "" : " ", StringComparison.Ordinal));

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json)
    {
        json.Begin("BPEDecoder");
        json.WriteString("suffix", suffix);
        json.WriteEndObject();
    }
}
