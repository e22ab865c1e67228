using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>CharDelimiterSplit</c>: what stands between one character.</summary>
internal sealed class DelimiterPreTokenizer(string delimiter) : MatchSplitter(SplitBehavior.Removed)
{
    /// <summary>Reads the settings.</summary>
    public static DelimiterPreTokenizer Read(JsonElement element, string file) => new(StepJson.Character(element, "delimiter", file));

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json)
    {
        json.Begin("CharDelimiterSplit");
        json.WriteString("delimiter", delimiter);
        json.WriteEndObject();
    }

    private protected override (int Start, int End) Find(ReadOnlySpan<char> text, int from, ref long steps)
    {
        var at = text[from..].IndexOf(delimiter);
        return at < 0 ? (text.Length, text.Length) : (from + at, from + at + delimiter.Length);
    }
}
