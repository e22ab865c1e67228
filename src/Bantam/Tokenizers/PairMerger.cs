namespace Bantam.Tokenizers;

/// <summary>A part of a word on its way through merging; an entry in a linked list.</summary>
internal struct MergeSymbol
{
    /// <summary>Its id, where it stands, and of how many symbols it was made: none is left of one that was merged into another.</summary>
    public int Id, Start, Length, Parts;

    /// <summary>Its neighbours' places in the list; −1 where there is none.</summary>
    public int Previous, Next;
}

/// <summary>
/// Merges neighbours by the order of a list of merges, leftmost where a pair is there twice. Symbols are a linked list; a
/// merge lengthens the left one and empties the right one, and pairs in the queue that no longer fit are passed over.
/// </summary>
/// <param name="pairs">What two ids become.</param>
/// <param name="symbols">The symbols.</param>
/// <param name="queue">The pairs that may merge; empty at first.</param>
internal readonly ref struct PairMerger(PairTable pairs, MergeSymbol[] symbols, MergeQueue queue)
{
    /// <summary>Puts a pair of neighbours into the queue, where they merge.</summary>
    public void Consider(int left, int right)
    {
        if (left < 0 || right < 0) return;
        var rank = pairs.Rank(symbols[left].Id, symbols[right].Id, out _);
        // A rank is below 2²², exact in single precision.
        if (rank < int.MaxValue) queue.Push(new Merge(-rank, left, symbols[left].Parts + symbols[right].Parts));
    }

    /// <summary>Merges all that merges.</summary>
    public void MergeAll()
    {
        while (queue.TryPop(out var merge))
        {
            ref var left = ref symbols[merge.Left];
            if (left.Parts == 0 || left.Next < 0) continue;
            ref var right = ref symbols[left.Next];
            // A pair that has grown since is in the queue by itself.
            if (left.Parts + right.Parts != merge.Length) continue;
            pairs.Rank(left.Id, right.Id, out left.Id);
            left.Length = right.Start + right.Length - left.Start;
            left.Parts = merge.Length;
            right.Parts = 0;
            left.Next = right.Next;
            if (left.Next >= 0) symbols[left.Next].Previous = merge.Left;
            Consider(left.Previous, merge.Left);
            Consider(merge.Left, left.Next);
        }
    }
}
