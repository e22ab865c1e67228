namespace Bantam.Tokenizers;

/// <summary>Texts as rows of tokens, all of one length.</summary>
/// <param name="Rows">How many texts, B.</param>
/// <param name="Columns">How many tokens each has with its padding, T.</param>
/// <param name="Ids">The ids [B, T], row by row.</param>
/// <param name="AttentionMask">1 for a token, 0 for padding [B, T].</param>
/// <param name="TypeIds">Which text of a pair a token belongs to, as the file numbers them [B, T].</param>
public sealed record TokenBatch(int Rows, int Columns, int[] Ids, int[] AttentionMask, int[] TypeIds);
