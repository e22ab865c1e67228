namespace Bantam.Tokenizers;

/// <summary>
/// How special tokens of GGUF files are found. The files do not say so: llama.cpp knows it of a few models by their names, and
/// so it is done here.
/// </summary>
internal static class GgufAddedTokens
{
    /// <summary>The rules of the tokens that have some.</summary>
    /// <param name="vocabulary">Entries and the name of the pre-tokenizer.</param>
    /// <param name="name"><c>general.name</c>, in any case; empty where absent.</param>
    /// <param name="architecture"><c>general.architecture</c>.</param>
    public static IReadOnlyDictionary<int, AddedTokenRules> Rules(Vocabulary vocabulary, string name, string architecture)
    {
        bool IsNamed(params ReadOnlySpan<string> parts)
        {
            foreach (var part in parts)
                if (name.Contains(part, StringComparison.OrdinalIgnoreCase)) return true;
            return false;
        }

        if (vocabulary.PreTokenizer is "jina-v2-de" or "jina-v2-es" or "jina-v2-code" || architecture is "nomic-bert-moe" or "jina-bert-v3")
            return Of(vocabulary, AddedTokenRules.LeftStrip, text => text == "<mask>");
        if (IsNamed("phi-3", "phi3"))
            return Of(vocabulary, AddedTokenRules.RightStrip, text => text is not ("<unk>" or "<s>" or "<|endoftext|>"));
        return IsNamed("modern-bert") ? Of(vocabulary, AddedTokenRules.LeftStrip, text => text == "[MASK]") : vocabulary.Added;
    }

    private static Dictionary<int, AddedTokenRules> Of(Vocabulary vocabulary, AddedTokenRules rules, Func<string, bool> takes)
    {
        var all = new Dictionary<int, AddedTokenRules>();
        for (var id = 0; id < vocabulary.Count; id++)
            if (vocabulary.Types[id] is TokenType.Control or TokenType.UserDefined or TokenType.Unknown && takes(vocabulary.Pieces[id])) all[id] = rules;
        return all;
    }
}
