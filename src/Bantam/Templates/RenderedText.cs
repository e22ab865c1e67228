namespace Bantam.Templates;

/// <summary>What a template rendered.</summary>
/// <param name="Text">The text.</param>
/// <param name="Generated">The parts that stood between <c>{% generation %}</c> and <c>{% endgeneration %}</c>, in order: what the assistant said.</param>
public sealed record RenderedText(string Text, IReadOnlyList<TextRange> Generated)
{
    /// <summary>
    /// False where a generation block was rendered inside a macro, a call, a filter or a block set: its text went through a
    /// variable, so nobody knows where in <see cref="Text"/> it stands, and <see cref="Generated"/> lacks it.
    /// </summary>
    public bool GeneratedIsComplete { get; init; } = true;
}

/// <summary>A part of a text, in UTF-16 units as <see cref="string.Substring(int, int)"/> takes them.</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="Length">How long it is.</param>
public readonly record struct TextRange(int Start, int Length);
