namespace Bantam.Tokenizers;

/// <summary>Which characters of a text a token stands for.</summary>
/// <param name="Start">The first, counted in UTF-16 units from the beginning of the text as it was given, before any normalisation.</param>
/// <param name="Length">How many UTF-16 units; 0 for a token that stands for none, such as BOS.</param>
public readonly record struct TokenSpan(int Start, int Length)
{
    /// <summary>Behind the last character.</summary>
    public int End => Start + Length;
}
