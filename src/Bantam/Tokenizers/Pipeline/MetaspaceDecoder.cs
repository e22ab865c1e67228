using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>Metaspace</c> as a decoder: the mark becomes a space, in the first token nothing where it was put in front.</summary>
internal sealed class MetaspaceDecoder(MetaspaceSettings settings) : DecoderStep
{
    /// <inheritdoc/>
    public override DecodedPiece Apply(DecodedPiece piece, bool isFirst, bool isLast) =>
        piece.Map(text => text.Replace(settings.Replacement, isFirst && settings.Scheme is not PrependScheme.Never ? "" : " ", StringComparison.Ordinal));

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json) => settings.Write(json);
}
