namespace Bantam.Tokenizers;

/// <summary>The tokens of two texts together, with what is put around them.</summary>
/// <param name="Ids">The ids [T].</param>
/// <param name="TypeIds">Which text a token belongs to, as the file numbers them [T].</param>
/// <param name="Spans">What each stands for in its own text [T]; empty for tokens that were put around.</param>
/// <param name="Texts">Which text that is: 0 or 1, and −1 for tokens that were put around [T].</param>
public sealed record TokenizedPair(int[] Ids, int[] TypeIds, TokenSpan[] Spans, int[] Texts);
