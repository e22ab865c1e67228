namespace Bantam.Templates.Values;

/// <summary>
/// A name, attribute or element that is not there. It prints as nothing, is false and holds no element; whatever asks it for
/// more fails and says what was missing. None is another thing: it is C#'s null here.
/// </summary>
internal sealed class Undefined(string reason)
{
    public string Reason { get; } = reason;

    public static Undefined Name(string name) => new($"'{name}' is undefined");

    public static Undefined Attribute(object? of, object? name) => new(of is Undefined u ? u.Reason : $"{TypeName.Of(of)} has no '{name}'");

    public Fault Fault() => Templates.Fault.Undefined($"{Reason}; test it with 'is defined' or give a default");
}
