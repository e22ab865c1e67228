using Bantam.Templates.Values;

namespace Bantam.Templates.Builtins;

/// <summary>value | name(arguments).</summary>
internal delegate object? Filter(Render render, object? value, Arguments arguments);

/// <summary>All filters by name.</summary>
internal static class Filters
{
    private static readonly Dictionary<string, Filter> Known = Build();

    public static Filter? Find(string name) => Known.GetValueOrDefault(name);

    public static Fault Missing(string name) => Fault.Unknown(name == "random"
        ? "the filter 'random' is refused: the same conversation would render differently every time"
        : $"there is no filter '{(name.Length > 40 ? name[..40] : name)}'");

    private static Dictionary<string, Filter> Build()
    {
        var known = new Dictionary<string, Filter>(StringComparer.Ordinal);
        foreach (var filters in (ReadOnlySpan<Dictionary<string, Filter>>)[TextFilters.Known, NumberFilters.Known, ListFilters.Known, SelectFilters.Known, OrderFilters.Known])
            foreach (var (name, filter) in filters)
                known.Add(name, filter);
        return known;
    }
}
