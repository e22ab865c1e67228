using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>Fuse</c>: what follows sees all tokens as one text.</summary>
internal sealed class FuseDecoder : DecoderStep
{
    /// <inheritdoc/>
    public override DecodedPiece Apply(DecodedPiece piece, bool isFirst, bool isLast) => piece;

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json) => json.Bare("Fuse");
}
