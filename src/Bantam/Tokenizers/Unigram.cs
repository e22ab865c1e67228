using System.Text;

namespace Bantam.Tokenizers;

/// <summary>
/// Unigram (Kudo 2018, arXiv:1804.10959): of all ways to split a text into entries, the one with the best sum of scores,
/// found from left to right (Viterbi). A character that is no entry costs <see cref="UnknownPenalty"/> more than the worst one.
/// The cost is the length of the text times that of the longest entry.
/// </summary>
internal sealed class Unigram : SubwordModel
{
    /// <summary>How much worse an unknown character is than the worst entry, as in both libraries.</summary>
    public const double UnknownPenalty = 10;

    private const float SmallestNormal = 1.17549435e-38f;

    private readonly PieceTrie _trie;
    private readonly float _best;
    private readonly double[] _scores;
    private readonly bool[]? _isUserDefined;
    private readonly int[]? _byteIds;
    private readonly bool _rounds;

    /// <exception cref="ModelFileException">BT1090: there is no unknown token.</exception>
    public Unigram(Vocabulary vocabulary, UnigramRule rule)
    {
        UnknownId = RequireUnknown(vocabulary);
        var isGoogle = rule is UnigramRule.SentencePiece;
        _rounds = isGoogle && !vocabulary.Subword.SumsInDouble;
        bool IsText(int id) => isGoogle
            ? vocabulary.Types[id] is TokenType.Normal or TokenType.UserDefined
            : Knows(vocabulary, id);
        _trie = new PieceTrie(Entries(vocabulary).Where(entry => IsText(entry.Id)));
        _scores = Array.ConvertAll(vocabulary.Scores, score => (double)score);
        // Tokens that were added behind the pieces have no exact score.
        if (!isGoogle) vocabulary.Subword.ExactScores?.AsSpan(0, Math.Min(vocabulary.Subword.ExactScores.Length, _scores.Length)).CopyTo(_scores);
        var counted = Enumerable.Range(0, vocabulary.Count).Where(id => isGoogle ? vocabulary.Types[id] is TokenType.Normal : Knows(vocabulary, id)).ToList();
        var worst = counted.Count > 0 ? counted.Min(id => _scores[id]) : 0;
        // Google's library looks for the largest score from the smallest positive number up: below zero there is none.
        _best = counted.Select(id => (float)_scores[id]).Append(SmallestNormal).Max();
        UnknownScore = isGoogle ? (float)(worst - UnknownPenalty) : worst - UnknownPenalty;
        if (isGoogle && vocabulary.Types.Contains(TokenType.UserDefined))
            _isUserDefined = Array.ConvertAll(vocabulary.Types, type => type is TokenType.UserDefined);
        if (isGoogle) _byteIds = vocabulary.HasByteFallback ? vocabulary.ByteIds() : null;
        else if (vocabulary.Subword.ByteFallback) _byteIds = ByteIds(vocabulary);
    }

    /// <summary>The id for characters that no entry covers.</summary>
    public int UnknownId { get; }

    /// <summary>The score of a character that no entry covers.</summary>
    public double UnknownScore { get; }

    /// <summary>The entries that text can become.</summary>
    public PieceTrie Trie => _trie;

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<char> piece, TokenSink tokens)
    {
        using var run = new UnigramRun(this, piece, tokens);
        run.Encode();
    }

    /// <summary>What it costs to get to the end of an entry: the sum and the entry's score, as the rule adds them.</summary>
    public double Add(double sum, int id, int bytes) => _isUserDefined is not null && _isUserDefined[id]
        ? sum + ((bytes * _best) - 0.1)
        : sum + _scores[id];

    /// <summary>What is kept of a sum.</summary>
    public double Round(double sum) => _rounds ? (float)sum : sum;

    /// <summary>Whether the length of user-defined entries counts, in UTF-8 bytes.</summary>
    public bool NeedsBytes => _isUserDefined is not null;

    /// <summary>Takes neighbouring unknown characters: one token, or the bytes that spell them.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">The first unit.</param>
    /// <param name="end">Behind the last.</param>
    /// <param name="tokens">Receives the tokens.</param>
    public void AddUnknown(ReadOnlySpan<char> text, int start, int end, TokenSink tokens)
    {
        if (_byteIds is null || !TrySpell(_byteIds, text, start, end, tokens)) tokens.Add(UnknownId, start, end - start);
    }

    /// <summary>Hands over the entries that spell characters in bytes, where all of them are there.</summary>
    internal static bool TrySpell(int[] byteIds, ReadOnlySpan<char> text, int start, int end, TokenSink tokens)
    {
        Span<byte> bytes = stackalloc byte[4];
        // All of it or none, as the entries may lack some bytes.
        for (var pass = 0; pass < 2; pass++)
        {
            for (var at = start; at < end;)
            {
                var length = char.IsHighSurrogate(text[at]) ? 2 : 1;
                foreach (var value in bytes[..Encoding.UTF8.GetBytes(text.Slice(at, length), bytes)])
                {
                    if (byteIds[value] < 0) return false;
                    if (pass == 1) tokens.Add(byteIds[value], at, length);
                }
                at += length;
            }
        }
        return true;
    }

    /// <summary>The entries that spell bytes, by their text [256]; −1 where there is none.</summary>
    internal static int[] ByteIds(Vocabulary vocabulary)
    {
        var ids = new int[256];
        Array.Fill(ids, -1);
        foreach (var (text, id) in Entries(vocabulary))
            if (Vocabulary.ByteOf(text) is { } value) ids[value] = id;
        return ids;
    }
}
