using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>Strip</c> as a decoder: takes a character away at the ends of each token, or of the text where a <c>Fuse</c> stands before.</summary>
/// <param name="content">The character.</param>
/// <param name="start">How many are taken at the start, at most.</param>
/// <param name="stop">How many are taken at the end, at most.</param>
/// <param name="fused">Whether the whole text has one start and one end.</param>
internal sealed class StripDecoder(string content, int start, int stop, bool fused) : DecoderStep
{
    /// <summary>Reads the settings.</summary>
    /// <exception cref="ModelFileException">BT1081: a setting makes no sense; BT1045: more than one character would be taken of a fused text.</exception>
    public static StripDecoder Read(JsonElement element, string file, bool fused)
    {
        var content = StepJson.Character(element, "content", file);
        var start = element.Number("start") is >= 0 and var first ? first : throw StepJson.Refuse(element, file, "start", "must be 0 or more");
        var stop = element.Number("stop") is >= 0 and var last ? last : throw StepJson.Refuse(element, file, "stop", "must be 0 or more");
        return fused && (start > 1 || stop > 1)
            ? throw new ModelFileException("BT1045", file, "decoder Strip behind Fuse", element.GetRawText(), "at most one character is taken at each end of a text")
            : new StripDecoder(content, start, stop, fused);
    }

    /// <inheritdoc/>
    public override bool SeesLast => fused && stop > 0;

    /// <inheritdoc/>
    public override DecodedPiece Apply(DecodedPiece piece, bool isFirst, bool isLast) => piece.Map(text =>
    {
        for (var left = !fused || isFirst ? start : 0; left > 0 && text.StartsWith(content, StringComparison.Ordinal); left--) text = text[content.Length..];
        for (var left = !fused || isLast ? stop : 0; left > 0 && text.EndsWith(content, StringComparison.Ordinal); left--) text = text[..^content.Length];
        return text;
    });

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json)
    {
        json.Begin("Strip");
        json.WriteString("content", content);
        json.WriteNumber("start", start);
        json.WriteNumber("stop", stop);
        json.WriteEndObject();
    }
}
