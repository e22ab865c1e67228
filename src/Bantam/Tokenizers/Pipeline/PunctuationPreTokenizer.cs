using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>Punctuation</c>: splits at punctuation and at the symbols of ASCII.</summary>
internal sealed class PunctuationPreTokenizer(SplitBehavior behavior) : MatchSplitter(behavior)
{
    private readonly SplitBehavior _kind = behavior;

    /// <summary>Reads the settings.</summary>
    public static PunctuationPreTokenizer Read(JsonElement element, string file) => new(SplitBehaviors.Read(element, file, SplitBehavior.Isolated));

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json)
    {
        json.Begin("Punctuation");
        SplitBehaviors.Write(json, _kind);
        json.WriteEndObject();
    }

    private protected override (int Start, int End) Find(ReadOnlySpan<char> text, int from, ref long steps) => FindOne(text, from, CharacterClasses.IsPunctuation);
}
