using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>FixedLength</c>: pieces of so many characters (code points), the last of what is left.</summary>
internal sealed class FixedLengthPreTokenizer(int length) : PreTokenizerStep
{
    /// <summary>Reads the settings.</summary>
    public static FixedLengthPreTokenizer Read(JsonElement element, string file)
    {
        var field = element.Field("length");
        if (field.ValueKind is JsonValueKind.Undefined) return new FixedLengthPreTokenizer(5);
        return element.Number("length") is > 0 and var length ? new FixedLengthPreTokenizer(length) : throw StepJson.Refuse(element, file, "length", "must be 1 or more");
    }

    /// <inheritdoc/>
    public override void Apply(TextPieces pieces)
    {
        foreach (var piece in pieces.All)
        {
            var (start, count) = (0, 0);
            var chars = pieces.Chars(piece);
            for (var at = 0; at < chars.Length;)
            {
                CodePoints.At(chars, at, out var units);
                at += units;
                if (++count < length) continue;
                pieces.Add(piece.Start + start, piece.Start + at);
                (start, count) = (at, 0);
            }
            pieces.Add(piece.Start + start, piece.End);
        }
        pieces.Commit();
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json)
    {
        json.Begin("FixedLength");
        json.WriteNumber("length", length);
        json.WriteEndObject();
    }
}
