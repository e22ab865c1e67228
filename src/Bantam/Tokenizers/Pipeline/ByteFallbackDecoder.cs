using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>ByteFallback</c>: tokens <c>&lt;0xHH&gt;</c> become bytes. Where bytes are no characters, U+FFFD stands for them as wherever bytes become text.</summary>
internal sealed class ByteFallbackDecoder : DecoderStep
{
    /// <inheritdoc/>
    public override DecodedPiece Apply(DecodedPiece piece, bool isFirst, bool isLast) =>
        piece.Text is { } text && Vocabulary.ByteOf(text) is { } value ? new DecodedPiece([value]) : piece;

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json) => json.Bare("ByteFallback");
}
