namespace Bantam.Templates.Values;

/// <summary>
/// A name, attribute or element that is not there. It prints as nothing, is false and holds no element; whatever asks it for
/// more fails and says what was missing. None is another thing: it is C#'s null here.
/// </summary>
internal sealed class Undefined(string reason)
{
    // What JSON and JavaScript call none is a name like any other in Jinja2.
    private static readonly Undefined Null = new("'null' is undefined");

    public string Reason { get; } = reason;

    /// <summary>Whether a template wrote <c>null</c> for none.</summary>
    public bool IsNull => this == Null;

    public static Undefined Name(string name) => name == "null" ? Null : new($"'{name}' is undefined");

    public static Undefined Attribute(object? of, object? name) => new(of is Undefined u ? u.Reason : $"{TypeName.Of(of)} has no '{name}'");

    public Fault Fault() => Templates.Fault.Undefined($"{Reason}; test it with 'is defined' or give a default");
}
