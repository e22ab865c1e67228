namespace Bantam.Templates.Values;

/// <summary>How a sequence prints and what may be done to it.</summary>
internal enum ListKind
{
    List,
    Tuple,

    /// <summary>What a filter of Jinja2 yields one by one; a list here, but no sequence to the test of that name.</summary>
    Lazy,

    /// <summary>A tuple of groupby, whose two elements have names.</summary>
    Group,
}

/// <summary>A list or tuple. One that came from outside or from a filter stays as it is; a template may add to those it wrote itself.</summary>
internal sealed class ListValue(List<object?> items, ListKind kind = ListKind.List, bool own = false)
{
    public List<object?> Items { get; } = items;

    public ListKind Kind { get; } = kind;

    /// <summary>Whether the template made it, and may therefore change it.</summary>
    public bool Own { get; } = own;

    public bool IsTuple => Kind is ListKind.Tuple or ListKind.Group;

    public int Count => Items.Count;

    public object? this[int index] => Items[index];

    public static ListValue Tuple(params object?[] items) => new([.. items], ListKind.Tuple);
}
