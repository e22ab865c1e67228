namespace Bantam.Templates.Values;

/// <summary>A dict: keys in the order they came. Keys are strings, numbers, booleans or none; 1, 1.0 and true are one key.</summary>
internal sealed class DictValue(bool own = false)
{
    private static readonly object None = new();
    private static readonly object Missing = new();
    private readonly Dictionary<object, int> _index = [];
    private readonly List<KeyValuePair<object?, object?>> _entries = [];

    /// <summary>Whether the template made it, and may therefore change it.</summary>
    public bool Own { get; } = own;

    public IReadOnlyList<KeyValuePair<object?, object?>> Entries => _entries;

    public int Count => _entries.Count;

    public bool TryGet(object? key, out object? value)
    {
        if (_index.TryGetValue(Key(key), out var at))
        {
            value = _entries[at].Value;
            return true;
        }
        value = null;
        return false;
    }

    public bool Has(object? key) => _index.ContainsKey(Key(key));

    public void Set(object? key, object? value)
    {
        var normal = Key(key);
        if (_index.TryGetValue(normal, out var at))
        {
            _entries[at] = new(_entries[at].Key, value);
            return;
        }
        _index.Add(normal, _entries.Count);
        _entries.Add(new(key, value));
    }

    public void Remove(object? key)
    {
        if (!_index.Remove(Key(key), out var at))
            return;
        _entries.RemoveAt(at);
        for (var i = at; i < _entries.Count; i++)
            _index[Key(_entries[i].Key)] = i;
    }

    private static object Key(object? key) => key switch
    {
        null => None,
        string => key,
        bool b => b ? 1L : 0L,
        long => key,
        double d => d == Math.Truncate(d) && Math.Abs(d) < 9e15 ? (long)d : key,
        Undefined => Missing,
        _ => throw Fault.Operation($"{TypeName.Of(key)} as a key of a dict; keys are strings, numbers, booleans or none"),
    };
}
