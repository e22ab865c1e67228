using System.Numerics;

namespace Bantam.Execution;

/// <summary>
/// Who holds which page, for the layers of a cache that look equally far back. A sequence has a table of pages, a page
/// counts the tables that it stands in, and one that stands in none is free. Nothing is allocated once this is made.
/// </summary>
/// <remarks>
/// Positions keep their absolute place: p lies in entry p / 64 of the table. A window that moves on gives back what lies
/// behind it, so that a table is a run of entries. A pass is planned for all its sequences (<see cref="Release"/>, then
/// <see cref="Need"/>) before anything is settled, and the plan is taken back where pages run out.
/// </remarks>
internal sealed class KvPages
{
    private const int WordBits = 64;

    private readonly int[] _table;         // [sequences, entries]
    private readonly int[] _first;         // per sequence, the first entry that it holds
    private readonly int[] _end;           // and the one behind the last
    private readonly bool[] _copies;       // per sequence, whether the pass that is planned writes into a page of others too
    private readonly int[] _references;    // per page
    private readonly ulong[] _free;        // a bit per page
    private readonly int _entries;
    private readonly int _home;            // pages from the place where one sequence begins to that of the next
    private readonly long _kept;           // positions that stay at the end of a text; no row of its next pass looks back further

    /// <summary>Prepares the tables.</summary>
    /// <param name="sequences">S.</param>
    /// <param name="capacity">Longest text in tokens.</param>
    /// <param name="window">How far a row sees, itself included; 0 for everything.</param>
    /// <param name="chunk">Most rows that one pass brings for a sequence.</param>
    /// <param name="budget">Most pages, or null for as many as all sequences can fill.</param>
    public KvPages(int sequences, int capacity, int window, int chunk, int? budget)
    {
        var held = MostHeld(capacity, window, chunk);
        (Window, _entries, KeepsAll) = (window, Entries(capacity), held == Entries(capacity));
        _kept = KeepsAll ? capacity : (long)window + chunk;
        Count = (int)Math.Min(budget ?? int.MaxValue, checked(sequences * held));
        _home = sequences == 0 ? 0 : Count / sequences;
        _table = new int[checked(sequences * _entries)];
        _first = new int[sequences];
        _end = new int[sequences];
        _copies = new bool[sequences];
        _references = new int[Count];
        _free = new ulong[(Count + WordBits - 1) / WordBits];
        for (var page = 0; page < Count; page++) Free(page);
    }

    /// <summary>How far a row sees, itself included; 0 for everything.</summary>
    public int Window { get; }

    /// <summary>Whether nothing is given back, because the window is as long as a text can become, to whole pages.</summary>
    public bool KeepsAll { get; }

    /// <summary>How many pages there are.</summary>
    public int Count { get; }

    /// <summary>How many of them stand in no table.</summary>
    public int FreeCount { get; private set; }

    /// <summary>Entries that <paramref name="length"/> positions fill.</summary>
    public static int Entries(int length) => (int)(((long)length + KvCache.PageSize - 1) / KvCache.PageSize);

    /// <summary>Most pages that one sequence holds; those of a window need not begin or end where pages do.</summary>
    public static int MostHeld(int capacity, int window, int chunk) => window > 0
        ? (int)Math.Min(Entries(capacity), (((long)window + chunk + KvCache.PageSize - 1) / KvCache.PageSize) + 1)
        : Entries(capacity);

    /// <summary>The page of an entry that <paramref name="sequence"/> holds.</summary>
    public int this[int sequence, int entry] => _table[At(sequence, entry)];

    /// <summary>The pages of <paramref name="sequence"/> by entry; of those that it does not hold, anything.</summary>
    public ReadOnlySpan<int> Table(int sequence) => _table.AsSpan(sequence * _entries, _entries);

    /// <summary>The entries that <paramref name="sequence"/> holds, from the first to the one behind the last.</summary>
    public (int From, int To) Held(int sequence) => (_first[sequence], _end[sequence]);

    /// <summary>Whether a row at <paramref name="position"/> would find all that it looks back on.</summary>
    public bool Shows(int sequence, int position) => Suffices(_first[sequence], position);

    /// <summary>The same where entries are held from <paramref name="first"/> on.</summary>
    public bool Suffices(int first, int position) =>
        position == 0 || first <= (Window == 0 ? 0 : Math.Max(0, position - Window + 1) / KvCache.PageSize);

    /// <summary>Plans what rows at [<paramref name="from"/>, <paramref name="to"/>) replace and leave behind; how many pages that frees.</summary>
    public int Release(int sequence, int from, int to)
    {
        var (behind, replaced) = Released(sequence, from, to);
        return Change(sequence, behind, -1) + Change(sequence, replaced, -1);
    }

    /// <summary>Plans what the rows write, when all sequences of the pass have released; how many pages that takes.</summary>
    public int Need(int sequence, int from, int to)
    {
        var entry = from / KvCache.PageSize;
        var begun = from % KvCache.PageSize != 0;
        _copies[sequence] = begun && _references[this[sequence, entry]] > 1;
        if (_copies[sequence]) _references[this[sequence, entry]]--;
        return Entries(to) - entry - (begun && !_copies[sequence] ? 1 : 0);
    }

    /// <summary>Takes back the plan for a sequence: its release and its need.</summary>
    public void TakeBack(int sequence, int from, int to)
    {
        var (behind, replaced) = Released(sequence, from, to);
        Change(sequence, behind, 1);
        Change(sequence, replaced, 1);
        if (_copies[sequence]) _references[this[sequence, from / KvCache.PageSize]]++;
    }

    /// <summary>Frees what the plan releases. After it, <see cref="Settle"/>.</summary>
    public void FreeReleased(int sequence, int from, int to)
    {
        var (behind, replaced) = Released(sequence, from, to);
        FreeUnheld(sequence, behind);
        FreeUnheld(sequence, replaced);
    }

    /// <summary>
    /// Gives the sequence the pages that its rows write. Where they go on in a page that others hold too, that is to be
    /// copied: the answer is that page and the new one, else twice the same.
    /// </summary>
    public (int From, int To) Settle(int sequence, int from, int to)
    {
        var (behind, replaced) = Released(sequence, from, to);
        _first[sequence] = from == 0 ? 0 : Math.Max(_first[sequence], behind.To);
        var copy = (From: 0, To: 0);
        if (_copies[sequence])
        {
            var shared = this[sequence, from / KvCache.PageSize];
            copy = (shared, Take(sequence, from / KvCache.PageSize));
        }
        for (var entry = from == 0 ? 0 : replaced.From; entry < Entries(to); entry++) Take(sequence, entry);
        _end[sequence] = Entries(to);
        return copy;
    }

    /// <summary>Gives back the pages beyond <paramref name="length"/> positions.</summary>
    public void Truncate(int sequence, int length)
    {
        var beyond = (From: Math.Max(_first[sequence], Entries(length)), To: _end[sequence]);
        Change(sequence, beyond, -1);
        FreeUnheld(sequence, beyond);
        _end[sequence] = Math.Min(_end[sequence], Entries(length));
        if (length == 0) _first[sequence] = _end[sequence] = 0;
    }

    /// <summary>Lets an empty sequence hold what another does for its first <paramref name="length"/> positions.</summary>
    public void Share(int from, int to, int length)
    {
        _end[to] = Entries(length);
        _first[to] = Math.Min(_end[to], Math.Max(_first[from], Behind(length)));
        for (var entry = _first[to]; entry < _end[to]; entry++) _references[_table[At(to, entry)] = this[from, entry]]++;
    }

    /// <summary>Lets an empty sequence hold pages of its own for <paramref name="length"/> positions, from entry <paramref name="first"/> on.</summary>
    public void Fill(int sequence, int first, int length)
    {
        (_first[sequence], _end[sequence]) = (first, Entries(length));
        for (var entry = first; entry < _end[sequence]; entry++) Take(sequence, entry);
    }

    /// <summary>The first entry that a text of <paramref name="length"/> positions keeps.</summary>
    public int Behind(int length) => (int)(Math.Max(0, length - _kept) / KvCache.PageSize);

    // What rows at [from, to) give back: entries that their window leaves behind, and those that they write from the
    // beginning, as whose content is not asked for they need not stay the same pages.
    private ((int From, int To) Behind, (int From, int To) Replaced) Released(int sequence, int from, int to)
    {
        var (first, end) = Held(sequence);
        var behind = from == 0 ? first : Math.Max(first, Behind(to));
        return ((first, behind), (Math.Max(first, Entries(from)), end));
    }

    private int Change(int sequence, (int From, int To) entries, int change)
    {
        var unheld = 0;
        for (var entry = entries.From; entry < entries.To; entry++)
            if ((_references[this[sequence, entry]] += change) == 0) unheld++;
        return unheld;
    }

    private void FreeUnheld(int sequence, (int From, int To) entries)
    {
        for (var entry = entries.From; entry < entries.To; entry++)
            if (_references[this[sequence, entry]] == 0) Free(this[sequence, entry]);
    }

    private void Free(int page)
    {
        if (IsFree(page)) return;
        _free[page / WordBits] |= 1UL << page;
        FreeCount++;
    }

    private bool IsFree(int page) => (_free[page / WordBits] >> page & 1) != 0;

    // The page behind the one before, if it is free, so that a text lies in one piece, and is read as one.
    private int Take(int sequence, int entry)
    {
        var page = entry > _first[sequence] ? this[sequence, entry - 1] + 1 : sequence * _home;
        if (page >= Count || !IsFree(page))
        {
            var word = Array.FindIndex(_free, bits => bits != 0);
            page = (word * WordBits) + BitOperations.TrailingZeroCount(_free[word]);
        }
        _free[page / WordBits] &= ~(1UL << page);
        FreeCount--;
        _references[page] = 1;
        return _table[At(sequence, entry)] = page;
    }

    private int At(int sequence, int entry) => (sequence * _entries) + entry;
}
