using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>Digits</c>: parts numbers from the rest; any character that Unicode calls a number is one.</summary>
/// <param name="individual">Whether each is a piece of its own.</param>
internal sealed class DigitsPreTokenizer(bool individual) : MatchSplitter(individual ? SplitBehavior.Isolated : SplitBehavior.Contiguous)
{
    private readonly bool _individual = individual;

    /// <summary>Reads the settings.</summary>
    public static DigitsPreTokenizer Read(JsonElement element, string file) => new(element.Flag("individual_digits") ?? false);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json)
    {
        json.Begin("Digits");
        json.WriteBoolean("individual_digits", _individual);
        json.WriteEndObject();
    }

    private protected override (int Start, int End) Find(ReadOnlySpan<char> text, int from, ref long steps) => FindOne(text, from, CharacterClasses.IsNumber);
}
