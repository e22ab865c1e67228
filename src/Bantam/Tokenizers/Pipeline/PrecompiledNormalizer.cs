using System.Globalization;
using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary>
/// <c>Precompiled</c>: SentencePiece's compiled rules as the Hugging Face library applies them, which is not how
/// SentencePiece does: a short grapheme as a whole, by the shortest key that it starts with, else each of its characters.
/// </summary>
internal sealed class PrecompiledNormalizer(byte[] content, string file) : NormalizerStep
{
    // Longer graphemes are looked up by their characters only, in bytes.
    private const int LongGrapheme = 6;

    private readonly CharsMap _map = new(content, file);

    /// <summary>The compiled rules.</summary>
    public byte[] Content => content;

    /// <summary>Reads the settings.</summary>
    /// <exception cref="ModelFileException">BT1081: no Base64; BT1091: damaged rules.</exception>
    public static PrecompiledNormalizer Read(JsonElement element, string file) =>
        element.Field("precompiled_charsmap") is { ValueKind: JsonValueKind.String } text && text.TryGetBytesFromBase64(out var content)
            ? new PrecompiledNormalizer(content, file)
            : throw new ModelFileException("BT1081", file, "precompiled_charsmap", "no Base64", "must be the compiled rules in Base64");

    /// <inheritdoc/>
    public override void Apply(AlignedText text)
    {
        var (from, front, loses) = (0, text.Length > 0 ? text.Start(0) : 0, false);
        text.Begin();
        for (var at = 0; at < text.Length;)
        {
            var end = at + StringInfo.GetNextTextElementLength(text.Chars[at..]);
            if (System.Text.Encoding.UTF8.GetByteCount(text.Chars[at..end]) < LongGrapheme && _map.Shortest(text.Chars[at..end]) is { } whole)
            {
                Put(text, ref from, at, end, whole, ref loses);
                at = end;
                continue;
            }
            while (at < end)
            {
                CodePoints.At(text.Chars, at, out var length);
                if (_map.Shortest(text.Chars.Slice(at, length)) is { } made) Put(text, ref from, at, at + length, made, ref loses);
                at += length;
            }
        }
        text.Keep(from, text.Length);
        text.Commit();
        // What is taken away at the front counts with what is left first, which so remains the beginning of the text.
        if (loses) text.Reach(front);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json)
    {
        json.Begin("Precompiled");
        json.WriteBase64String("precompiled_charsmap", content);
        json.WriteEndObject();
    }

    private static void Put(AlignedText text, ref int from, int start, int end, string made, ref bool loses)
    {
        text.Keep(from, start);
        text.Put(made, start, end);
        (from, loses) = (end, loses || text.Written == 0);
    }
}
