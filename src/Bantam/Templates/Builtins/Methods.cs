using Bantam.Templates.Values;

namespace Bantam.Templates.Builtins;

/// <summary>A method: what it is called on, and its arguments.</summary>
internal delegate object? Method<in T>(Render render, T self, Arguments arguments);

/// <summary>Which values have which methods. The names are all that Python has, so that an element of that name is hidden by them as it is there.</summary>
internal static class Methods
{
    private static readonly HashSet<string> OfStrings = Names(
        "capitalize casefold center count encode endswith expandtabs find format format_map index isalnum isalpha isascii isdecimal isdigit " +
        "isidentifier islower isnumeric isprintable isspace istitle isupper join ljust lower lstrip maketrans partition removeprefix removesuffix " +
        "replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title translate upper zfill");

    private static readonly HashSet<string> OfDicts = Names("clear copy fromkeys get items keys pop popitem setdefault update values");
    private static readonly HashSet<string> OfLists = Names("append clear copy count extend index insert pop remove reverse sort");
    private static readonly HashSet<string> OfTuples = Names("count index");

    public static bool Has(object value, string name) => value switch
    {
        string => OfStrings.Contains(name),
        DictValue => OfDicts.Contains(name),
        ListValue list => (list.IsTuple ? OfTuples : list.Kind == ListKind.Lazy ? [] : OfLists).Contains(name),
        _ => false,
    };

    public static object? Call(Render render, object receiver, string name, Arguments arguments) => receiver switch
    {
        string text when StringMethods.Known.TryGetValue(name, out var method) => method(render, text, arguments),
        DictValue dict when DictMethods.Known.TryGetValue(name, out var method) => method(render, dict, arguments),
        ListValue list when ListMethods.Known.TryGetValue(name, out var method) => method(render, list, arguments),
        _ => throw Fault.Unknown($"the method '{name}' of {TypeName.Of(receiver)} is not known to a chat template"),
    };

    private static HashSet<string> Names(string names) => names.Split(' ').ToHashSet(StringComparer.Ordinal);
}
