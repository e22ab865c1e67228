using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>BertPreTokenizer</c>: words between white space, each punctuation mark and symbol of ASCII a piece of its own.</summary>
internal sealed class BertPreTokenizer : PreTokenizerStep
{
    private readonly SpacePreTokenizer _spaces = new();
    private readonly PunctuationPreTokenizer _punctuation = new(SplitBehavior.Isolated);

    /// <inheritdoc/>
    public override void Apply(TextPieces pieces)
    {
        _spaces.Apply(pieces);
        _punctuation.Apply(pieces);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json) => json.Bare("BertPreTokenizer");
}
