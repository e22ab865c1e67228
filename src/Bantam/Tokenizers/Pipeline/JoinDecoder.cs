using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary>What is done where a file names no decoder: a space between tokens.</summary>
internal sealed class JoinDecoder : DecoderStep
{
    /// <inheritdoc/>
    public override DecodedPiece Apply(DecodedPiece piece, bool isFirst, bool isLast) => isFirst ? piece : piece.Map(text => " " + text);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json) => json.WriteNullValue();
}
