using System.Buffers;
using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>ByteLevel</c> as a decoder: characters become the bytes that they stand for.</summary>
internal sealed class ByteLevelDecoder(ByteLevelSettings settings) : DecoderStep
{
    /// <inheritdoc/>
    public override DecodedPiece Apply(DecodedPiece piece, bool isFirst, bool isLast)
    {
        if (piece.Text is not { } text) return piece;
        var bytes = new ArrayBufferWriter<byte>();
        ByteCharacters.Write(text, bytes);
        return new DecodedPiece(bytes.WrittenSpan.ToArray());
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json) => settings.Write(json);
}
