using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>Split</c>: splits at a text or a regular expression.</summary>
internal sealed class SplitPreTokenizer(TextPattern pattern, SplitBehavior behavior, bool invert) : MatchSplitter(behavior, invert)
{
    private readonly SplitBehavior _kind = behavior;
    private readonly bool _inverts = invert;

    /// <summary>Reads the settings.</summary>
    public static SplitPreTokenizer Read(JsonElement element, string file) => new(TextPattern.Read(element, file), SplitBehaviors.Read(element, file), element.Flag("invert") ?? false);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json)
    {
        json.Begin("Split");
        pattern.Write(json);
        SplitBehaviors.Write(json, _kind);
        json.WriteBoolean("invert", _inverts);
        json.WriteEndObject();
    }

    private protected override (int Start, int End) Find(ReadOnlySpan<char> text, int from, ref long steps) => pattern.Find(text, from, ref steps);
}
