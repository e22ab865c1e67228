using System.Text.Json;

namespace Bantam.Tokenizers;

/// <summary>A token that Hugging Face tokenizers find in text before anything is split.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="Special">Whether it has a meaning and no text.</param>
/// <param name="Rules">How it is found (<c>lstrip</c>, <c>rstrip</c>, <c>single_word</c>, <c>normalized</c>).</param>
internal readonly record struct AddedToken(int Id, string Content, bool Special, AddedTokenRules Rules = AddedTokenRules.None)
{
    // So many ids may lie between a vocabulary and its last added token without a token of their own.
    private const int MostHoles = 1 << 16;

    /// <summary>Reads an element of <c>added_tokens</c>, or of <c>added_tokens_decoder</c>, where the id is the key.</summary>
    /// <exception cref="ModelFileException">BT1037: no id or no text.</exception>
    public static AddedToken Read(JsonElement token, string file, int? id = null) =>
        (id ?? token.Number("id")) is { } known && token.Text("content") is { } content
            ? new AddedToken(known, content, token.Flag("special") ?? false, RulesOf(token))
            : throw new ModelFileException("BT1037", file, "an added token", token.GetRawText(), "needs an id of 32 bits and a content");

    /// <summary>The vocabulary with these tokens.</summary>
    /// <exception cref="ModelFileException">
    /// BT1037: an id has another text already, a text another id, or too many ids between have none; BT1040: an id beyond what is accepted.
    /// </exception>
    public static Vocabulary AddTo(Vocabulary vocabulary, IReadOnlyCollection<AddedToken> tokens, string file)
    {
        if (tokens.Count == 0) return vocabulary;
        var last = tokens.Max(token => token.Id);
        if (last >= Vocabulary.MaxPieces || tokens.Any(token => token.Id < 0))
            throw new ModelFileException("BT1040", file, "id of an added token", $"{(last < Vocabulary.MaxPieces ? tokens.Min(token => token.Id) : last)}", $"must be 0 to {Vocabulary.MaxPieces - 1}");
        var size = Math.Max(vocabulary.Count, last + 1);
        if (size - vocabulary.Count - tokens.Count > MostHoles)
            throw new ModelFileException("BT1037", file, "id of an added token", $"{last}", $"must follow the {vocabulary.Count} pieces and {tokens.Count} added tokens more closely");
        var known = new Dictionary<string, int>(vocabulary.Count, StringComparer.Ordinal);
        for (var id = 0; id < vocabulary.Count; id++) known[vocabulary.Pieces[id]] = id;
        var grown = vocabulary.Pad(size);
        var (pieces, types) = (grown.Pieces.ToArray(), grown.Types.ToArray());
        foreach (var token in tokens)
        {
            // Where a text is there twice, as in a few published vocabularies, each of its ids may be meant.
            if (known.TryGetValue(token.Content, out var other) && other != token.Id && pieces[token.Id] != token.Content)
                throw new ModelFileException("BT1037", file, $"id of added token '{ModelFileException.Printable(token.Content)}'", $"{token.Id}", $"the text is piece {other}");
            var isNew = grown.IsPadding(token.Id) && types[token.Id] is TokenType.Unused;
            if (!isNew && pieces[token.Id] != token.Content)
                throw new ModelFileException("BT1037", file, $"added token {token.Id}", $"'{token.Content}'", $"the piece of this id is '{ModelFileException.Printable(pieces[token.Id])}'");
            known[token.Content] = token.Id;
            pieces[token.Id] = token.Content;
            // SentencePiece knows Gemma's turn markers as user-defined text only; here they are special. Its control, unknown and byte pieces stay what they are.
            types[token.Id] = (types[token.Id], token.Special) switch
            {
                (TokenType.Normal or TokenType.Unused or TokenType.UserDefined, true) => TokenType.Control,
                (TokenType.Normal or TokenType.Unused, false) => TokenType.UserDefined,
                (var type, _) => type,
            };
        }
        var rules = new Dictionary<int, AddedTokenRules>(vocabulary.Added);
        foreach (var token in tokens)
        {
            if (token.Rules == AddedTokenRules.None) rules.Remove(token.Id);
            else rules[token.Id] = token.Rules;
        }
        return grown with { Pieces = pieces, Types = types, Added = rules };
    }

    /// <summary>Writes the rules of a token as properties of the object that tells of it.</summary>
    public static void WriteRules(Utf8JsonWriter json, AddedTokenRules rules)
    {
        json.WriteBoolean("lstrip", rules.HasFlag(AddedTokenRules.LeftStrip));
        json.WriteBoolean("normalized", rules.HasFlag(AddedTokenRules.Normalized));
        json.WriteBoolean("rstrip", rules.HasFlag(AddedTokenRules.RightStrip));
        json.WriteBoolean("single_word", rules.HasFlag(AddedTokenRules.SingleWord));
    }

    /// <summary>What of these tokens a GGUF file has no place for, in words.</summary>
    public static IEnumerable<string> NotHeld(IReadOnlyCollection<AddedToken> tokens)
    {
        if (tokens.Where(token => (token.Rules & (AddedTokenRules.LeftStrip | AddedTokenRules.RightStrip)) != 0).ToList() is [var strips, ..] all)
            yield return $"{all.Count} added tokens take the spaces beside them along (lstrip, rstrip), for instance {ModelFileException.Printable(strips.Content)}: GGUF cannot say so";
        if (tokens.Where(token => token.Rules.HasFlag(AddedTokenRules.SingleWord)).ToList() is [var word, ..] words)
            yield return $"{words.Count} added tokens count as words only (single_word), for instance {ModelFileException.Printable(word.Content)}: GGUF cannot say so";
    }

    private static AddedTokenRules RulesOf(JsonElement token) =>
        (token.Flag("lstrip") == true ? AddedTokenRules.LeftStrip : AddedTokenRules.None)
        | (token.Flag("rstrip") == true ? AddedTokenRules.RightStrip : AddedTokenRules.None)
        | (token.Flag("single_word") == true ? AddedTokenRules.SingleWord : AddedTokenRules.None)
        | (token.Flag("normalized") == true ? AddedTokenRules.Normalized : AddedTokenRules.None);
}
