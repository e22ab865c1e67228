using System.Text.Json.Nodes;
using Bantam.Templates.Nodes;
using Bantam.Templates.Parsing;

namespace Bantam.Templates;

/// <summary>
/// A chat template, parsed: the Jinja that models come with, as transformers renders it (docs/chat-templates.md). It never
/// changes, any number of threads may render it at once, and it sees the values it is given and nothing else of the host.
/// </summary>
public sealed class Template
{
    private readonly Block _body;

    private Template(Block body, string file) => (_body, File) = (body, file);

    /// <summary>The name it was given, for errors.</summary>
    public string File { get; }

    /// <summary>Reads a template.</summary>
    /// <param name="source">Its text.</param>
    /// <param name="file">What errors call it.</param>
    /// <exception cref="TemplateException">It cannot be understood, asks for files or other templates, or is too large (BT5000 – BT5002).</exception>
    public static Template Parse(string source, string file = "chat_template")
    {
        ArgumentNullException.ThrowIfNull(source);
        var text = new Source(source, file);
        return new(new Parser(text).Template(), file);
    }

    /// <summary>Renders with <paramref name="values"/> as the template's variables.</summary>
    /// <param name="values">The variables: messages, tools, add_generation_prompt, bos_token and whatever else the template reads. They are copied first, and must not change meanwhile.</param>
    /// <param name="options">What it may cost and what time it is.</param>
    /// <param name="cancellation">Ends a render early.</param>
    /// <exception cref="TemplateException">
    /// It fails (BT5007 – BT5010), costs too much (BT5003 – BT5006), is given values it cannot hold (BT5012), or refuses its input itself (BT5011).
    /// </exception>
    public RenderedText Render(JsonObject values, TemplateOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        var render = new Render(options ?? new(), cancellation);
        try
        {
            return render.Run(_body, new Scope(Values.JsonInput.Of(values, Builtins.Globals.Scope)));
        }
        catch (Fault fault)
        {
            var place = render.Meter.Place;
            throw new TemplateException(fault.Code, File, place.Line, place.Column, fault.Message);
        }
    }
}
