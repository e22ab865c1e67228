namespace Bantam.Templates.Values;

/// <summary>The arguments of a call: those by position and those by name.</summary>
internal sealed class Arguments(List<object?> positional, List<KeyValuePair<string, object?>> named)
{
    public static readonly Arguments None = new([], []);

    public List<object?> Positional { get; } = positional;

    public List<KeyValuePair<string, object?>> Named { get; } = named;

    /// <summary>Assigns the arguments to <paramref name="parameters"/> of <paramref name="function"/>; refuses what has no place.</summary>
    public Bound Bind(string function, params ReadOnlySpan<string> parameters)
    {
        if (Positional.Count > parameters.Length)
            throw Fault.Operation($"{function} takes {parameters.Length} arguments and was given {Positional.Count}");
        var values = new object?[parameters.Length];
        Array.Fill(values, Bound.Missing);
        Positional.CopyTo(values);
        foreach (var (name, value) in Named)
        {
            var at = parameters.IndexOf(name);
            if (at < 0)
                throw Fault.Operation($"{function} knows no argument '{name}'");
            if (!ReferenceEquals(values[at], Bound.Missing))
                throw Fault.Operation($"{function} was given '{name}' twice");
            values[at] = value;
        }
        return new(function, values);
    }
}

/// <summary>Arguments in the places of their parameters.</summary>
internal readonly struct Bound(string function, object?[] values)
{
    public static readonly object Missing = new();

    public bool Has(int i) => !ReferenceEquals(values[i], Missing);

    public object? Required(int i) => Has(i) ? values[i] : throw Fault.Operation($"{function} needs {i + 1} argument{(i == 0 ? "" : "s")}");

    public object? Get(int i, object? otherwise = null) => Has(i) ? values[i] : otherwise;

    public bool Truth(int i, bool otherwise = false) => Has(i) ? Values.Truth.Of(values[i]) : otherwise;

    public string Text(int i, string otherwise) => Has(i) ? Text(values[i]) : otherwise;

    public string Text(int i) => Text(Required(i));

    public long Integer(int i, long otherwise) => Has(i) ? Integer(i) : otherwise;

    public long Integer(int i) => Required(i) switch
    {
        long n => n,
        bool b => b ? 1 : 0,
        Undefined u => throw u.Fault(),
        var other => throw Fault.Operation($"{function} needs an integer and was given {TypeName.Of(other)}"),
    };

    private string Text(object? value) => value switch
    {
        string s => s,
        Undefined u => throw u.Fault(),
        _ => throw Fault.Operation($"{function} needs a string and was given {TypeName.Of(value)}"),
    };
}
