using System.Text;
using System.Text.Unicode;

namespace Bantam.Tokenizers.Pipeline;

/// <summary>What a token is to text: characters, or bytes that need not be whole characters.</summary>
internal readonly record struct DecodedPiece
{
    private readonly byte[]? _bytes;
    private readonly string? _text;

    /// <summary>Characters.</summary>
    public DecodedPiece(string text) => _text = text;

    /// <summary>Bytes; where they are whole characters, those.</summary>
    public DecodedPiece(byte[] bytes)
    {
        if (Utf8.IsValid(bytes)) _text = Encoding.UTF8.GetString(bytes);
        else _bytes = bytes;
    }

    /// <summary>The characters, or null where the bytes are none.</summary>
    public string? Text => _text;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes ?? Encoding.UTF8.GetBytes(_text ?? "");

    /// <summary>The same with other characters; bytes that are no characters stay.</summary>
    public DecodedPiece Map(Func<string, string> change) => _text is null ? this : new DecodedPiece(change(_text));
}
