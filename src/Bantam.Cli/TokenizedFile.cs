using System.Text;
using Bantam.Checkpoints;
using Bantam.Tokenizers;

namespace Bantam.Cli;

/// <summary>A text and its tokens, for people and for programs.</summary>
/// <param name="Model">The model as it was typed.</param>
/// <param name="Source">Its tokenizer.</param>
/// <param name="Text">The text.</param>
/// <param name="Tokens">Its tokens.</param>
internal sealed record TokenizedFile(string Model, TokenizerSource Source, string Text, TokenizedText Tokens)
{
    /// <summary>Characters of the text, in code points.</summary>
    public long Characters => CodePoints(Text);

    /// <summary>Bytes of the text in UTF-8.</summary>
    public long Bytes => Encoding.UTF8.GetByteCount(Text);

    /// <summary>Code points of a text; half a surrogate pair is one.</summary>
    public static long CodePoints(ReadOnlySpan<char> text)
    {
        var count = 0L;
        foreach (var _ in text.EnumerateRunes()) count++;
        return count;
    }
}
