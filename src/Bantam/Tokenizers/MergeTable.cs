namespace Bantam.Tokenizers;

/// <summary>
/// Merges as files have them, pairs of texts, to and from pairs of ids. Both parts and what they make together must be
/// entries: then a merge makes a longer text each time, and no chain of merges has a cycle.
/// </summary>
internal sealed class MergeTable
{
    /// <summary>Most merges that are accepted; the largest published tables stay below a million.</summary>
    public const int MaxMerges = 1 << 22;

    private readonly string _file;
    private readonly string _prefix;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    private readonly List<MergePair> _pairs = [];
    private readonly List<int> _products = [];
    private char[] _joined = new char[64];

    /// <param name="file">The file, for error messages.</param>
    /// <param name="ids">The id of each text; compares ordinally.</param>
    /// <param name="continuingPrefix">What pieces inside a word begin with; it is not in what they become part of.</param>
    public MergeTable(string file, Dictionary<string, int> ids, string continuingPrefix = "")
    {
        (_file, _prefix) = (file, continuingPrefix);
        _ids = ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The merges so far, the first with the highest priority.</summary>
    public IReadOnlyList<MergePair> Pairs => _pairs;

    /// <summary>What each merge makes.</summary>
    public IReadOnlyList<int> Products => _products;

    /// <summary>How many ways there are to make <paramref name="text"/> of two pieces.</summary>
    public int Splits(string text)
    {
        var count = 0;
        for (var at = 1; at < text.Length; at++)
            if (_ids.ContainsKey(text.AsSpan(0, at)) && _ids.ContainsKey(text.AsSpan(at))) count++;
        return count;
    }

    /// <summary>Takes a merge in the spelling <c>a b</c>.</summary>
    /// <exception cref="ModelFileException">BT1043: not two texts parted by one space, or see <see cref="Add(ReadOnlySpan{char}, ReadOnlySpan{char})"/>.</exception>
    public void Add(ReadOnlySpan<char> merge)
    {
        var space = merge.IndexOf(' ');
        if (space < 0 || merge[(space + 1)..].Contains(' '))
            throw Refuse($"'{merge}'", "must be two pieces parted by one space");
        Add(merge[..space], merge[(space + 1)..]);
    }

    /// <summary>Takes a merge in the spelling <c>a b</c> where pieces may begin with a space: the first space behind the first character parts them.</summary>
    /// <exception cref="ModelFileException">BT1043: there is none, or see <see cref="Add(ReadOnlySpan{char}, ReadOnlySpan{char})"/>.</exception>
    public void AddFromSecond(ReadOnlySpan<char> merge)
    {
        var space = merge.Length < 2 ? -1 : merge[1..].IndexOf(' ') + 1;
        if (space < 1) throw Refuse($"'{merge}'", "must be two pieces parted by a space");
        Add(merge[..space], merge[(space + 1)..]);
    }

    /// <summary>Takes a merge of two texts.</summary>
    /// <exception cref="ModelFileException">BT1043: a part is empty, a part or the whole is no entry, or there are too many merges.</exception>
    public void Add(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        if (_pairs.Count == MaxMerges) throw Refuse("one too many", $"at most {MaxMerges} are read");
        if (left.IsEmpty || right.IsEmpty) throw Refuse($"'{left} {right}'", "must be of two pieces that have a text");
        if (!_ids.TryGetValue(left, out var a)) throw Missing(left, left, right);
        if (!_ids.TryGetValue(right, out var b)) throw Missing(right, left, right);
        if (!right.StartsWith(_prefix)) throw Refuse($"'{left} {right}'", $"the right piece must begin with '{ModelFileException.Printable(_prefix)}'");
        var rest = right[_prefix.Length..];
        var length = left.Length + rest.Length;
        if (length > _joined.Length) _joined = new char[Math.Max(length, 2 * _joined.Length)];
        left.CopyTo(_joined);
        rest.CopyTo(_joined.AsSpan(left.Length));
        if (!_ids.TryGetValue(_joined.AsSpan(0, length), out var product)) throw Missing(_joined.AsSpan(0, length), left, right);
        _pairs.Add(new MergePair(a, b));
        _products.Add(product);
    }

    /// <summary>The merges in the spelling <c>a b</c>.</summary>
    /// <param name="vocabulary">Whose; what <see cref="AddFromSecond"/> reads is written so for BPE over characters.</param>
    /// <param name="file">The file that will be written, for error messages.</param>
    /// <exception cref="ModelFileException">BT1039: a part holds a space where this spelling cannot say it.</exception>
    public static string[] Spell(Vocabulary vocabulary, string file) => Array.ConvertAll(vocabulary.Merges, merge =>
    {
        var (left, right) = (vocabulary.Pieces[merge.Left], vocabulary.Pieces[merge.Right]);
        var free = vocabulary.Kind is TokenizerKind.CharacterBpe;
        return left.AsSpan(free ? 1 : 0).Contains(' ') || (!free && right.Contains(' '))
            ? throw new ModelFileException("BT1039", file, $"merge '{left}' + '{right}'", "a piece with a space", "merges are written with a space between their parts")
            : $"{left} {right}";
    });

    private ModelFileException Missing(ReadOnlySpan<char> piece, ReadOnlySpan<char> left, ReadOnlySpan<char> right) =>
        Refuse($"'{left} {right}'", $"'{ModelFileException.Printable(piece.ToString())}' is no piece of the vocabulary");

    private ModelFileException Refuse(string value, string limit) => new("BT1043", _file, $"merge {_pairs.Count}", value, limit);
}
