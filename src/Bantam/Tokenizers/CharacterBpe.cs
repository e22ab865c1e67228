using System.Buffers;
using System.Text;

namespace Bantam.Tokenizers;

/// <summary>
/// Byte-pair encoding over the characters of a word (Sennrich et al. 2016, arXiv:1508.07909), as the Hugging Face library
/// has it: characters inside a word may carry a prefix and the last one a suffix, and of pairs the one that comes first in
/// the list merges first, leftmost where a pair is there twice. The cost is O(n log n).
/// </summary>
internal sealed class CharacterBpe : SubwordModel
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    private readonly PairTable _pairs;
    private readonly JoinedUnits? _joined;
    private readonly SubwordSettings _settings;
    private readonly int[]? _byteIds;
    private readonly int? _unknown;

    /// <exception cref="ModelFileException">BT1043: a merge that makes no entry.</exception>
    public CharacterBpe(Vocabulary vocabulary)
    {
        (_settings, _unknown) = (vocabulary.Subword, vocabulary.Subword.DropsUnknown ? null : vocabulary.UnkId);
        var ids = new Dictionary<string, int>(vocabulary.Count, StringComparer.Ordinal);
        foreach (var (text, id) in Entries(vocabulary)) ids[text] = id;
        _ids = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        var table = new MergeTable(vocabulary.Source, ids, _settings.ContinuingSubwordPrefix);
        foreach (var merge in vocabulary.Merges) table.Add(vocabulary.Pieces[merge.Left], vocabulary.Pieces[merge.Right]);
        _pairs = new PairTable(vocabulary.Merges, [.. table.Products]);
        if (_settings.ByteFallback) _byteIds = Unigram.ByteIds(vocabulary);
        // The unknown token and bytes stand for other text than their own: where they merge, words are not cut.
        var foreign = new HashSet<int>(_byteIds ?? []);
        if (_unknown is { } unknown) foreign.Add(unknown);
        if (!vocabulary.Merges.Any(merge => foreign.Contains(merge.Left) || foreign.Contains(merge.Right)))
            _joined = new JoinedUnits(table.Products.Select(id => vocabulary.Pieces[id]), table.Products.Count);
    }

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<char> piece, TokenSink tokens)
    {
        if ((_settings.IgnoreMerges || (_settings.KeepsLines && !piece.ContainsAnyExcept('\n'))) && _ids.TryGetValue(piece, out var whole))
        {
            tokens.Add(whole, 0, piece.Length);
            return;
        }
        // Each unit is at most three bytes, and what is put around characters is spelled as well.
        var around = 3 * (_settings.ContinuingSubwordPrefix.Length + _settings.EndOfWordSuffix.Length);
        var symbols = ArrayPool<MergeSymbol>.Shared.Rent(_byteIds is null ? piece.Length : checked(piece.Length * (3 + around)));
        try
        {
            var count = Split(piece, symbols);
            if (count == 0) return;
            Merge(piece, symbols, count);
            for (var i = 0; i >= 0; i = symbols[i].Next) tokens.Add(symbols[i].Id, symbols[i].Start, symbols[i].Length);
        }
        finally
        {
            ArrayPool<MergeSymbol>.Shared.Return(symbols);
        }
    }

    /// <summary>Makes a symbol of each character; without an unknown token, characters without an entry are passed over.</summary>
    private int Split(ReadOnlySpan<char> word, MergeSymbol[] symbols)
    {
        Span<char> room = stackalloc char[64];
        var (count, unknown) = (0, new MergeSymbol { Id = -1 });
        for (var at = 0; at < word.Length;)
        {
            var length = char.IsHighSurrogate(word[at]) ? 2 : 1;
            var text = Around(word.Slice(at, length), at == 0, at + length == word.Length, room);
            if (_ids.TryGetValue(text, out var id))
            {
                Flush(ref unknown);
                Append(new MergeSymbol { Id = id, Start = at, Length = length });
            }
            else if (_byteIds is null || !TrySpell(text, at, length))
            {
                AddUnknown(at, length);
            }
            at += length;
        }
        Flush(ref unknown);
        if (count > 0) symbols[count - 1].Next = -1;
        return count;

        void Append(MergeSymbol symbol)
        {
            (symbol.Parts, symbol.Previous, symbol.Next) = (1, count - 1, count + 1);
            symbols[count++] = symbol;
        }

        void Flush(ref MergeSymbol pending)
        {
            if (pending.Id >= 0) Append(pending);
            pending.Id = -1;
        }

        void AddUnknown(int start, int length)
        {
            if (_unknown is not { } id) return;
            if (unknown.Id >= 0 && _settings.FuseUnk)
            {
                unknown.Length = start + length - unknown.Start;
                return;
            }
            Flush(ref unknown);
            unknown = new MergeSymbol { Id = id, Start = start, Length = length };
        }

        // As in the library, unknown characters that are waiting come behind these bytes.
        bool TrySpell(ReadOnlySpan<char> text, int start, int length)
        {
            Span<byte> bytes = stackalloc byte[3 * 64];
            var spelled = text.Length <= 64 ? bytes[..Encoding.UTF8.GetBytes(text, bytes)] : Encoding.UTF8.GetBytes(text.ToString());
            foreach (var value in spelled)
                if (_byteIds![value] < 0 && !_settings.DropsUnknown) return false;
            foreach (var value in spelled)
                if (_byteIds![value] >= 0) Append(new MergeSymbol { Id = _byteIds[value], Start = start, Length = length });
            return true;
        }
    }

    private ReadOnlySpan<char> Around(ReadOnlySpan<char> character, bool isFirst, bool isLast, Span<char> room)
    {
        var prefix = isFirst ? "" : _settings.ContinuingSubwordPrefix;
        var suffix = isLast ? _settings.EndOfWordSuffix : "";
        var length = prefix.Length + character.Length + suffix.Length;
        if (length == character.Length) return character;
        var text = length <= room.Length ? room[..length] : new char[length];
        prefix.CopyTo(text);
        character.CopyTo(text[prefix.Length..]);
        suffix.CopyTo(text[(prefix.Length + character.Length)..]);
        return text;
    }

    // Neighbours whose units stand side by side in nothing that merging makes are never in one piece: what lies between two such
    // places merges by itself, and the queue stays small.
    private void Merge(ReadOnlySpan<char> word, MergeSymbol[] symbols, int count)
    {
        using var queue = new MergeQueue(Math.Min(count, 256));
        var merger = new PairMerger(_pairs, symbols, queue);
        for (var i = 0; i + 1 < count; i++)
        {
            ref readonly var left = ref symbols[i];
            if (_joined is null || _joined.Holds(word[left.Start + left.Length - 1], word[symbols[i + 1].Start])) merger.Consider(i, i + 1);
            else merger.MergeAll();
        }
        merger.MergeAll();
    }
}
