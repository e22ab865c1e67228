namespace Bantam.Models;

/// <summary>Reads the ids of the tokens that begin and end a text. A family's default counts only where the vocabulary has it.</summary>
internal static class SpecialTokens
{
    public static int? Begin(ConfigFields fields, int vocabulary, int? absent) =>
        fields.IntOrNull("bos_token_id", 0, vocabulary - 1, absent < vocabulary ? absent : null);

    public static IReadOnlyList<int> End(ConfigFields fields, int vocabulary, int? absent) =>
        fields.IntOrInts("eos_token_id", 0, vocabulary - 1, mostElements: 256)
        ?? (absent is { } id && id < vocabulary && !fields.IsNull("eos_token_id") ? [id] : []);
}
