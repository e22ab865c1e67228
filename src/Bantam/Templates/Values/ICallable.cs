namespace Bantam.Templates.Values;

/// <summary>Something that a template can call.</summary>
internal interface ICallable
{
    /// <summary>How it prints.</summary>
    string Shown { get; }

    object? Call(Render render, Arguments arguments);
}

/// <summary>A function of this library.</summary>
internal sealed class Function(string name, Func<Render, Arguments, object?> body) : ICallable
{
    public string Shown => $"<function {name}>";

    public object? Call(Render render, Arguments arguments) => body(render, arguments);
}

/// <summary>A method that is looked up but not called yet.</summary>
internal sealed class BoundMethod(object receiver, string name) : ICallable
{
    public string Shown => $"<built-in method {name}>";

    public object? Call(Render render, Arguments arguments) => Builtins.Methods.Call(render, receiver, name, arguments);
}
