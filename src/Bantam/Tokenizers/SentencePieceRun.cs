namespace Bantam.Tokenizers;

/// <summary>
/// One normalised text on its way through SentencePiece's BPE, cut into words that merge one by one.
/// </summary>
/// <remarks>
/// The text is cut wherever the units on both sides stand side by side in no piece, which in practice is before nearly every
/// '▁' that begins a word. No merge passes such a cut, since what it made would be a piece that holds these two units. So the
/// pairs that can merge are those inside words, and of these each is found by its own score and place: in what order merges of
/// different words come changes nothing. User-defined pieces are found first, from left to right over the whole text; they
/// take no part in merging, so words end at them too.
/// </remarks>
internal ref struct SentencePieceRun
{
    /// <summary>
    /// Longest word, in UTF-16 units, that is merged by looking at all its pairs each time: quicker than a heap, and no word
    /// of this length makes it slow.
    /// </summary>
    public const int ShortWord = 128;

    /// <summary>How many integers a run has to be given room for.</summary>
    public const int Room = 4 * (ShortWord + 1);

    private readonly SentencePieceBpe _tokenizer;
    private readonly TextTable _table;
    private readonly ReadOnlySpan<char> _text;
    private readonly TokenSink _tokens;
    // Of the word that is being merged: the hash of all before each unit, then of each symbol where it starts and its id, and of
    // each pair its rank and the id that it makes.
    private readonly Span<ulong> _hashes;
    private readonly Span<int> _starts;
    private readonly Span<int> _ids;
    private readonly Span<int> _ranks;
    private readonly Span<int> _products;
    private PieceScan _userDefined;
    private bool _afterUnknown;

    /// <param name="tokenizer">Whose.</param>
    /// <param name="text">The text.</param>
    /// <param name="tokens">Takes the tokens.</param>
    /// <param name="hashes">Room for hashes [<see cref="ShortWord"/> + 1].</param>
    /// <param name="numbers">Room for numbers [<see cref="Room"/>].</param>
    public SentencePieceRun(SentencePieceBpe tokenizer, ReadOnlySpan<char> text, TokenSink tokens, Span<ulong> hashes, Span<int> numbers)
    {
        (_tokenizer, _table) = (tokenizer, tokenizer.Texts);
        _text = text;
        _tokens = tokens;
        _hashes = hashes;
        const int Each = ShortWord + 1;
        _starts = numbers[..Each];
        _ids = numbers.Slice(Each, Each);
        _ranks = numbers.Slice(2 * Each, Each);
        _products = numbers.Slice(3 * Each, Each);
    }

    /// <summary>Hands over the tokens of the text; returns the steps that queues of merges took.</summary>
    public long Encode(JoinedUnits joined)
    {
        var steps = 0L;
        for (var start = 0; start < _text.Length;)
        {
            var end = start + _tokenizer.UserDefinedAt(_text, start, ref _userDefined);
            if (end > start)
            {
                Add(_tokenizer.Find(_text[start..end]), start, end - start);
            }
            else
            {
                end = WordEnd(start, joined);
                steps += end - start <= ShortWord ? Word(_text[start..end], start) : Merge(start, end);
            }
            start = end;
        }
        return steps;
    }

    private int WordEnd(int start, JoinedUnits joined)
    {
        var text = _text;
        for (var end = start + 1; end < text.Length; end++)
        {
            if (char.IsLowSurrogate(text[end])) continue;
            if (!joined.Holds(text[end - 1], text[end]) || _tokenizer.UserDefinedAt(text, end, ref _userDefined) > 0) return end;
        }
        return text.Length;
    }

    private long Merge(int start, int end)
    {
        using var merger = new BpeMerger(_tokenizer, _text[start..end], start);
        return merger.Run(_tokens, ref _afterUnknown);
    }

    private long Word(ReadOnlySpan<char> word, int start)
    {
        var hashes = _hashes[1..];
        var (table, hash) = (_table, 0UL);
        for (var i = 0; i < word.Length; i++) hashes[i] = hash = table.Append(hash, word[i]);
        var id = table.Find(hash, word);
        var learned = _tokenizer.Learned[id];
        if (learned is LearnedWords.Merging.MakesIt)
        {
            Add(id, start, word.Length);
            return 0;
        }
        var before = _tokens.Ids.Count;
        MergeShort(word, start);
        if (learned is LearnedWords.Merging.IsUnknown) _tokenizer.Learned.Learn(id, _tokens.Ids.Count == before + 1 && _tokens.Ids[before] == id);
        return 0;
    }

    private void MergeShort(ReadOnlySpan<char> word, int start)
    {
        var count = 0;
        for (var at = 0; at < word.Length; at += char.IsHighSurrogate(word[at]) ? 2 : 1)
        {
            _ids[count] = -1;
            _starts[count++] = at;
        }
        _starts[count] = word.Length;
        for (var i = 0; i + 1 < count; i++) Consider(word, i);
        while (count > 1)
        {
            var (best, rank) = (0, int.MaxValue);
            for (var i = 0; i + 1 < count; i++)
                if (_ranks[i] < rank) (best, rank) = (i, _ranks[i]);
            if (rank == int.MaxValue) break;
            _ids[best] = _products[best];
            count--;
            // The end of the word is one start more.
            Close(_starts, best + 1, count + 1);
            Close(_ids, best + 1, count);
            Close(_ranks, best, count - 1);
            Close(_products, best, count - 1);
            if (best > 0) Consider(word, best - 1);
            if (best + 1 < count) Consider(word, best);
        }
        for (var i = 0; i < count; i++)
        {
            var (at, end) = (_starts[i], _starts[i + 1]);
            var id = _ids[i] >= 0 ? _ids[i] : _table.Find(Part(at, end), word[at..end]);
            if (id >= 0) Add(id, start + at, end - at);
            else _tokenizer.Spell(word[at..end], start + at, _tokens, ref _afterUnknown);
        }

        static void Close(Span<int> numbers, int gap, int count) => numbers.Slice(gap + 1, count - gap).CopyTo(numbers[gap..]);
    }

    private readonly void Consider(ReadOnlySpan<char> word, int pair)
    {
        var (at, end) = (_starts[pair], _starts[pair + 2]);
        var id = _table.Find(Part(at, end), word[at..end]);
        _products[pair] = id;
        _ranks[pair] = id < 0 ? int.MaxValue : Rank(_tokenizer.Vocabulary.Scores[id]);
    }

    private readonly ulong Part(int start, int end) => _table.Part(_hashes[start], _hashes[end], end - start);

    // Lower for better scores, and never the largest integer, as no score is NaN; both zeros are one.
    private static int Rank(float score)
    {
        var bits = BitConverter.SingleToInt32Bits(score + 0f);
        return ~(bits < 0 ? bits ^ int.MaxValue : bits);
    }

    private void Add(int id, int start, int length)
    {
        _tokens.Add(id, start, length);
        _afterUnknown = false;
    }
}
