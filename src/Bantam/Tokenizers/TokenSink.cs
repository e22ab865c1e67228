namespace Bantam.Tokenizers;

/// <summary>Takes the tokens of one piece of text after another.</summary>
/// <param name="ids">Receives the ids.</param>
/// <param name="spans">Receives which characters of the piece each stands for; null where nobody asks.</param>
internal readonly struct TokenSink(List<int> ids, List<TokenSpan>? spans)
{
    /// <summary>The ids so far.</summary>
    public List<int> Ids => ids;

    /// <summary>What each stands for; null where nobody asks.</summary>
    public List<TokenSpan>? Spans => spans;

    /// <summary>Takes a token that stands for some UTF-16 units of the piece.</summary>
    public void Add(int id, int start, int length)
    {
        ids.Add(id);
        spans?.Add(new TokenSpan(start, length));
    }

    /// <summary>The token before stands for the next characters too, up to <paramref name="end"/>.</summary>
    public void Extend(int end)
    {
        if (spans is not null) spans[^1] = spans[^1] with { Length = end - spans[^1].Start };
    }
}
