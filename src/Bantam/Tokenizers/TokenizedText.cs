namespace Bantam.Tokenizers;

/// <summary>The tokens of a text and where they came from.</summary>
/// <param name="Ids">The ids [T].</param>
/// <param name="Spans">What each stands for [T], never half a surrogate pair; tokens that share a character, as bytes do, all have it.</param>
public sealed record TokenizedText(int[] Ids, TokenSpan[] Spans);
