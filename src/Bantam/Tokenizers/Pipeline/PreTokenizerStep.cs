using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary>Something that splits a normalised text into pieces, and may change them. Instances never change and may be used from any number of threads.</summary>
internal abstract class PreTokenizerStep
{
    /// <summary>Splits each of the pieces that there are.</summary>
    /// <exception cref="BantamException">BT1080: the text grows too much; BT1038: a pattern takes too many steps.</exception>
    public abstract void Apply(TextPieces pieces);

    /// <summary>Writes the step as the object that a <c>tokenizer.json</c> has for it.</summary>
    public abstract void Write(Utf8JsonWriter json);
}
