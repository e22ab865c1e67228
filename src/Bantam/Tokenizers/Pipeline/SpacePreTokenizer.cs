using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>WhitespaceSplit</c>: what stands between white space.</summary>
internal sealed class SpacePreTokenizer() : MatchSplitter(SplitBehavior.Removed)
{
    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json) => json.Bare("WhitespaceSplit");

    private protected override (int Start, int End) Find(ReadOnlySpan<char> text, int from, ref long steps) => FindOne(text, from, CharacterClasses.IsSpace);
}
