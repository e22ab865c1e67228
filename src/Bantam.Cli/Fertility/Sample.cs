using System.Text;

namespace Bantam.Cli.Fertility;

/// <summary>Texts whose tokens are counted: a language, or a file.</summary>
/// <param name="Label">What the row is called.</param>
/// <param name="Texts">The texts, each encoded by itself.</param>
/// <param name="Words">Words of all, or null where nobody can tell without a dictionary.</param>
internal sealed record Sample(string Label, IReadOnlyList<string> Texts, long? Words)
{
    /// <summary>Characters of all, in code points.</summary>
    public long Characters { get; } = Texts.Sum(text => TokenizedFile.CodePoints(text));

    /// <summary>Bytes of all, in UTF-8.</summary>
    public long Bytes { get; } = Texts.Sum(text => (long)Encoding.UTF8.GetByteCount(text));

    /// <summary>A file, as one text or line by line.</summary>
    /// <exception cref="BantamException">See <see cref="TextInput.OfFile"/>.</exception>
    public static Sample OfFile(string path, bool byLine)
    {
        var text = TextInput.OfFile(path);
        string[] texts = byLine ? text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [text];
        return new(Path.GetFileNameWithoutExtension(path), texts, Fertility.Words.Count(text));
    }
}
