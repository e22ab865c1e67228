namespace Bantam.Tokenizers;

/// <summary>
/// The scores with which SentencePiece merges as a list of merges does. Its model has a score for each piece, and every
/// pair that makes the piece merges with that score; a list made from it has those pairs one after the other, the pieces
/// in the order of their scores. So the order of the pieces in the list gives scores back: not the numbers, but their order,
/// which is all that merging looks at.
/// </summary>
/// <remarks>
/// Two pairs that overlap and make the same piece are the one case that a list can order and scores cannot: SentencePiece
/// takes the left one. Published lists were made from scores and meant so.
/// </remarks>
internal static class MergeScores
{
    // Runs of one character, as of spaces, are tried to this many times their longest piece.
    private const int RunFactor = 4;
    private const int LongestRun = 64;

    // Published vocabularies stay below a tenth.
    private const long MostWork = 1L << 28;

    /// <summary>The score of each piece [V]: −1 for what merges first, −2 for the next; 0 for bytes, the unknown and added tokens.</summary>
    /// <param name="file">The file, for error messages.</param>
    /// <param name="pieces">The texts [V].</param>
    /// <param name="types">The types [V]; only <see cref="TokenType.Normal"/> pieces are made by merging.</param>
    /// <param name="merges">The list, best first.</param>
    /// <param name="added">Texts of added tokens, which no merging makes.</param>
    /// <exception cref="ModelFileException">
    /// BT1045: no scores do the same, because a pair is missing or pairs of several pieces are mixed; BT1049: the pieces are too long.
    /// </exception>
    public static float[] Of(string file, string[] pieces, TokenType[] types, MergeTable merges, IReadOnlySet<string> added)
    {
        // Each way to cut a piece in two is looked at.
        if (pieces.Sum(piece => (long)piece.Length * piece.Length) is > MostWork and var work)
            throw new ModelFileException("BT1049", file, "sum of the squared lengths of all pieces", $"{work}", $"must be at most {MostWork}");
        var count = new int[pieces.Length];
        var (first, last) = (new int[pieces.Length], new int[pieces.Length]);
        var order = new List<int>();
        for (var i = 0; i < merges.Products.Count; i++)
        {
            var id = merges.Products[i];
            if (count[id]++ == 0)
            {
                first[id] = i;
                order.Add(id);
            }
            last[id] = i;
        }
        for (var id = 0; id < pieces.Length; id++)
        {
            if (types[id] is TokenType.Normal && !added.Contains(pieces[id]) && merges.Splits(pieces[id]) != count[id])
                throw Refuse(file, $"merges of '{ModelFileException.Printable(pieces[id])}'", $"{count[id]}", $"SentencePiece would merge each of the {merges.Splits(pieces[id])} pairs of pieces that make it");
        }

        var scores = new float[pieces.Length];
        for (var i = 0; i < order.Count; i++) scores[order[i]] = -1 - i;
        var next = order.Count;
        for (var id = 0; id < pieces.Length; id++)
            if (count[id] == 0 && types[id] is TokenType.Normal && !added.Contains(pieces[id])) scores[id] = -1 - next++;

        var mixed = order.Where(id => last[id] - first[id] + 1 != count[id]).ToList();
        if (mixed.Count > 0)
        {
            var start = mixed.Min(id => first[id]);
            UnmixRuns(file, pieces, merges, [.. order.Where(id => first[id] >= start)], scores);
        }
        return scores;
    }

    /// <summary>
    /// Pieces whose pairs are mixed in the list had equal scores. Where they are runs of one character and come last, what
    /// merging makes of a run depends on its length alone, and can be tried.
    /// </summary>
    private static void UnmixRuns(string file, string[] pieces, MergeTable merges, int[] from, float[] scores)
    {
        var unit = pieces[from[0]][0];
        var longest = from.Max(id => pieces[id].Length);
        if (longest > LongestRun || from.Any(id => pieces[id].AsSpan().ContainsAnyExcept(unit)))
            throw Refuse(file, $"order of the merges of '{ModelFileException.Printable(pieces[from[0]])}'", "mixed with other pieces'", "SentencePiece's scores order pieces, not pairs");
        var ranks = new int[longest + 1, longest + 1];
        var byLength = new float[longest + 1];
        for (var i = 0; i < merges.Products.Count; i++)
        {
            if (!from.AsSpan().Contains(merges.Products[i])) continue;
            var pair = merges.Pairs[i];
            ranks[pieces[pair.Left].Length, pieces[pair.Right].Length] = i + 1;
        }
        foreach (var id in from) byLength[pieces[id].Length] = scores[id];
        if (SameRuns(ranks, byLength)) return;
        // As the pairs had it: one score for all.
        foreach (var id in from) byLength[pieces[id].Length] = scores[from[0]];
        if (!SameRuns(ranks, byLength))
            throw Refuse(file, $"order of the merges of '{ModelFileException.Printable(pieces[from[0]])}'", "mixed", "no scores merge runs of this character so");
        foreach (var id in from) scores[id] = scores[from[0]];
    }

    private static bool SameRuns(int[,] ranks, float[] scores)
    {
        for (var length = 2; length < RunFactor * scores.Length; length++)
        {
            var byRank = Merge(length, (a, b) => a + b < scores.Length && ranks[a, b] > 0 ? ranks[a, b] : null);
            var byScore = Merge(length, (a, b) => a + b < scores.Length && scores[a + b] < 0 ? -scores[a + b] : null);
            if (!byRank.SequenceEqual(byScore)) return false;
        }
        return true;
    }

    /// <summary>Merges a run of single characters: the pair with the least cost first, leftmost where costs are equal; lengths of what is left.</summary>
    private static List<int> Merge(int length, Func<int, int, float?> cost)
    {
        var parts = Enumerable.Repeat(1, length).ToList();
        while (true)
        {
            var (best, at) = (float.PositiveInfinity, -1);
            for (var i = 0; i + 1 < parts.Count; i++)
                if (cost(parts[i], parts[i + 1]) is { } value && value < best) (best, at) = (value, i);
            if (at < 0) return parts;
            parts[at] += parts[at + 1];
            parts.RemoveAt(at + 1);
        }
    }

    private static ModelFileException Refuse(string file, string field, string value, string limit) => new("BT1045", file, field, value, limit);
}
