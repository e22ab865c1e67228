using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary>
/// Something that changes the text of one token when ids become text again. What it makes depends on the token and on
/// whether it is the first or the last, so that it can be worked out once for every id.
/// </summary>
internal abstract class DecoderStep
{
    /// <summary>Whether the step makes something else of the last token.</summary>
    public virtual bool SeesLast => false;

    /// <summary>What the step makes of a token.</summary>
    /// <param name="piece">What the steps before made of it.</param>
    /// <param name="isFirst">Whether it begins the text.</param>
    /// <param name="isLast">Whether it ends the text.</param>
    public abstract DecodedPiece Apply(DecodedPiece piece, bool isFirst, bool isLast);

    /// <summary>Writes the step as the object that a <c>tokenizer.json</c> has for it.</summary>
    public abstract void Write(Utf8JsonWriter json);
}
