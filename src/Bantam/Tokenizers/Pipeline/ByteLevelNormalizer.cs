using System.Text;
using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>ByteLevel</c> as a normalizer: each byte of UTF-8 becomes the printable character that stands for it.</summary>
internal sealed class ByteLevelNormalizer : NormalizerStep
{
    /// <inheritdoc/>
    public override void Apply(AlignedText text)
    {
        text.Begin();
        Put(text, 0, text.Length);
        text.Commit();
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json) => json.Bare("ByteLevel");

    /// <summary>Writes the characters that stand for the bytes of a range to the next text; all those of one character came of it.</summary>
    public static void Put(AlignedText text, int start, int end)
    {
        Span<byte> bytes = stackalloc byte[4];
        Span<char> made = stackalloc char[4];
        for (var at = start; at < end;)
        {
            var point = CodePoints.At(text.Chars, at, out var length);
            var count = new Rune(point).EncodeToUtf8(bytes);
            for (var i = 0; i < count; i++) made[i] = ByteCharacters.Of(bytes[i]);
            text.Put(made[..count], at, at + length);
            at += length;
        }
    }
}
