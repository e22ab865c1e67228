using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary>Something that is done with the tokens of a text: others are put around them, or what they stand for is trimmed.</summary>
internal abstract class PostProcessorStep
{
    /// <summary>Which tokens are put around, or null for none.</summary>
    public virtual TokenTemplate? Template => null;

    /// <summary>How offsets are trimmed, or null where they are not.</summary>
    public virtual ByteLevelSettings? Trimmed => null;

    /// <summary>Writes the step as the object that a <c>tokenizer.json</c> has for it.</summary>
    public abstract void Write(Utf8JsonWriter json);
}

/// <summary><c>ByteLevel</c> as a post-processor.</summary>
internal sealed class ByteLevelPostProcessor(ByteLevelSettings settings) : PostProcessorStep
{
    /// <inheritdoc/>
    public override ByteLevelSettings? Trimmed => settings.TrimOffsets ? settings : null;

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json) => settings.Write(json);
}
