namespace Bantam.Tokenizers;

/// <summary>How texts are brought to one length: the <c>padding</c> of a <c>tokenizer.json</c>.</summary>
/// <param name="PadId">The token that fills.</param>
/// <param name="PadToken">Its text.</param>
/// <param name="Length">The length in tokens; null for that of the longest text.</param>
/// <param name="OnLeft">Whether it stands in front.</param>
/// <param name="MultipleOf">The length is rounded up to a multiple of this; 0 for any.</param>
/// <param name="PadTypeId">The type id of what fills.</param>
public sealed record PaddingSettings(int PadId, string PadToken, int? Length = null, bool OnLeft = false, int MultipleOf = 0, int PadTypeId = 0);
