namespace Bantam.Chat.ToolCalls;

/// <summary>
/// How a family of models writes calls of tools into its answer: which marks begin one, and what reads it from there.
/// </summary>
internal abstract class ToolCallFormat
{
    /// <summary>The name for people and options: <c>hermes</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Texts that begin a call wherever they stand.</summary>
    public abstract IReadOnlyList<string> Marks { get; }

    /// <summary>Texts that begin a call only where an answer begins, or behind another call.</summary>
    public virtual IReadOnlyList<string> MarksAtStart => [];

    /// <summary>Further texts inside a call that are control tokens in some vocabularies; their text must reach the reader.</summary>
    public virtual IReadOnlyList<string> InnerMarks => [];

    /// <summary>Characters that separate calls and are no text between them, besides white space.</summary>
    public virtual string Separators => "";

    /// <summary>Whether a template was written for this convention.</summary>
    public abstract bool Fits(string template);

    /// <summary>Begins to read a call behind <paramref name="mark"/>.</summary>
    public abstract CallReader Begin(string mark);
}
