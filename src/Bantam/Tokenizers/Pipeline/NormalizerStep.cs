using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary>Something that changes a text before it is split. Instances never change and may be used from any number of threads.</summary>
internal abstract class NormalizerStep
{
    /// <summary>Changes the text.</summary>
    /// <exception cref="BantamException">BT1080: the text grows too much; BT1038: a pattern takes too many steps.</exception>
    public abstract void Apply(AlignedText text);

    /// <summary>Writes the step as the object that a <c>tokenizer.json</c> has for it.</summary>
    public abstract void Write(Utf8JsonWriter json);
}
