using System.Buffers;
using System.Text;

namespace Bantam.Tokenizers;

/// <summary>One text on its way through byte-level BPE: split step by step, each word merged, the ids appended.</summary>
/// <param name="splitters">The steps that split.</param>
/// <param name="merges">What bytes become.</param>
/// <param name="ids">Receives the ids.</param>
/// <param name="room">Room for the bytes of a short word [<see cref="ShortWord"/>].</param>
/// <param name="numbers">Room for what is known of them [3 × <see cref="ShortWord"/>].</param>
internal readonly ref struct ByteLevelRun(TextSplitter[] splitters, ByteMerges merges, List<int> ids, Span<byte> room, Span<int> numbers)
{
    /// <summary>
    /// Longest word, in bytes, that is merged by looking at all its pairs each time: quicker than a heap, and no word of
    /// this length makes it slow.
    /// </summary>
    public const int ShortWord = 128;

    private readonly Span<byte> _room = room;
    private readonly Span<int> _numbers = numbers;

    /// <summary>Appends the ids of a text without added tokens; returns the steps that splitting and the heap took.</summary>
    public long Encode(ReadOnlySpan<char> text) => Split(text, 0);

    private long Split(ReadOnlySpan<char> text, int step)
    {
        if (step == splitters.Length) return text.IsEmpty ? 0 : Word(text);
        var budget = CodePointRegex.Budget(text.Length);
        var (left, taken) = (budget, 0L);
        for (var at = 0; at < text.Length;)
        {
            var end = splitters[step].End(text, at, ref left);
            taken += Split(text[at..end], step + 1);
            at = end;
        }
        return taken + budget - left;
    }

    private long Word(ReadOnlySpan<char> text)
    {
        if (Encoding.UTF8.TryGetBytes(text, _room, out var count))
        {
            Merge(_room[..count]);
            return 0;
        }
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            return MergeLong(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void Merge(ReadOnlySpan<byte> word)
    {
        var id = merges.Words.Find(word, out var merging);
        if (merging is LearnedWords.Merging.MakesIt)
        {
            ids.Add(id);
            return;
        }
        var before = ids.Count;
        MergeShort(word);
        if (merging is LearnedWords.Merging.IsUnknown) merges.Words.Learn(id, ids.Count == before + 1 && ids[before] == id);
    }

    private void MergeShort(ReadOnlySpan<byte> word)
    {
        var count = word.Length;
        var symbols = _numbers[..count];
        var ranks = _numbers.Slice(ShortWord, count);
        var products = _numbers.Slice(2 * ShortWord, count);
        for (var i = 0; i < count; i++) symbols[i] = merges.ByteIds[word[i]];
        for (var i = 0; i + 1 < count; i++) ranks[i] = merges.Pairs.Rank(symbols[i], symbols[i + 1], out products[i]);
        while (count > 1)
        {
            var (best, rank) = (0, int.MaxValue);
            for (var i = 0; i + 1 < count; i++)
                if (ranks[i] < rank) (best, rank) = (i, ranks[i]);
            if (rank == int.MaxValue) break;
            symbols[best] = products[best];
            count--;
            symbols.Slice(best + 2, count - best - 1).CopyTo(symbols[(best + 1)..]);
            ranks.Slice(best + 1, count - best - 1).CopyTo(ranks[best..]);
            products.Slice(best + 1, count - best - 1).CopyTo(products[best..]);
            if (best > 0) ranks[best - 1] = merges.Pairs.Rank(symbols[best - 1], symbols[best], out products[best - 1]);
            if (best + 1 < count) ranks[best] = merges.Pairs.Rank(symbols[best], symbols[best + 1], out products[best]);
        }
        // A byte without an entry: then there is an unknown token.
        foreach (var id in symbols[..count]) ids.Add(id >= 0 ? id : merges.UnkId);
    }

    private long MergeLong(ReadOnlySpan<byte> word)
    {
        var id = merges.Words.Find(word, out var merging);
        if (merging is LearnedWords.Merging.MakesIt)
        {
            ids.Add(id);
            return 0;
        }
        // Not learned: no entry is that long but by accident.
        using var merger = new ByteMerger(merges, word);
        var steps = merger.Run();
        merger.AppendTo(ids, merges.UnkId);
        return steps;
    }
}
