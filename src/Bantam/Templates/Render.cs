using Bantam.Templates.Nodes;
using Bantam.Templates.Values;

namespace Bantam.Templates;

/// <summary>One render under way: what it has cost, what it has written, where the assistant spoke.</summary>
internal sealed class Render(TemplateOptions options, CancellationToken cancellation)
{
    private readonly List<TextRange> _generated = [];
    private Output? _output;
    private bool _complete = true;

    public TemplateOptions Options { get; } = options;

    public Meter Meter { get; } = new(options, cancellation);

    public RenderedText Run(Block body, Scope values)
    {
        _output = new(Meter, null);
        body.Run(this, values);
        return new(_output.ToString(), _generated) { GeneratedIsComplete = _complete };
    }

    public void Write(string text) => _output!.Write(text);

    /// <summary>Runs <paramref name="body"/> and gives its text instead of writing it.</summary>
    public string Capture(Block body, Scope scope)
    {
        _output = new(Meter, _output);
        body.Run(this, scope);
        var text = _output.ToString();
        _output = _output.Outer;
        return text;
    }

    /// <summary>Runs what the assistant said and keeps where it stands.</summary>
    public Flow Generate(Block body, Scope scope)
    {
        var start = _output!.Length;
        var flow = body.Run(this, scope);
        if (_output.Outer is not null)
            _complete = false;
        else
            _generated.Add(new(start, _output.Length - start));
        return flow;
    }

    /// <summary>Calls what a template holds to be a function.</summary>
    public object? Call(object? callee, Arguments arguments) => callee switch
    {
        ICallable callable => callable.Call(this, arguments),
        Undefined u => throw u.Fault(),
        _ => throw Fault.Operation($"{TypeName.Of(callee)} cannot be called"),
    };
}
