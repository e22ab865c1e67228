using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Bantam.Cli;

/// <summary>
/// The console as a verb sees it: results to standard output, everything else to standard error. Colours and the width of a window
/// only where a person looks at it; a pipe gets plain lines as long as they need to be.
/// </summary>
internal sealed class CliOutput(TextWriter standard, TextWriter error)
{
    // Wider than any table: nothing is wrapped or cut for a file.
    private const int NoLimit = 4000;

    // The relaxed encoder leaves letters of all languages as they are; the output is no part of a web page.
    private static readonly JsonWriterOptions JsonOptions = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    private bool _endsEmpty;

    /// <summary>Standard output.</summary>
    public TextWriter Standard { get; } = standard;

    /// <summary>Standard error.</summary>
    public TextWriter Error { get; } = error;

    /// <summary>Standard input, opened when a verb reads it.</summary>
    public Func<TextReader> Input { get; init; } = () => TextReader.Null;

    /// <summary>The bytes of standard input, for verbs that must see what is no text.</summary>
    public Func<Stream> InputBytes { get; init; } = () => Stream.Null;

    /// <summary>Whether standard input is a terminal, where somebody would have to type.</summary>
    public bool InputIsTerminal { get; init; }

    /// <summary>Asked at Ctrl-C: whether the verb took it for something of its own, such as the end of an answer.</summary>
    public Func<bool>? Interrupted { get; set; }

    /// <summary>Whether standard output is a terminal.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Whether standard error is a terminal, so that progress may be drawn on it.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Colours whatever the terminal says, or null to ask it.</summary>
    public ColorSystemSupport? Colours { get; init; }

    /// <summary>Whether what is written to standard output can have colours.</summary>
    public bool HasColours => Console(TextWriter.Null, Width).Profile.Capabilities.ColorSystem is not ColorSystem.NoColors;

    /// <summary>Columns of standard output.</summary>
    public int Width { get => Window?.Invoke() ?? field; init; } = NoLimit;

    /// <summary>Asks for the columns of a window, which a person may make wider; null for <see cref="Width"/> as it is.</summary>
    public Func<int>? Window { get; init; }

    /// <summary>Columns of standard error.</summary>
    public int ErrorWidth { get; init; } = 80;

    /// <summary>The time, for progress.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The console of this process.</summary>
    public static CliOutput OfConsole()
    {
        // Windows consoles begin with a code page of their country, which lacks lines and dashes.
        if (OperatingSystem.IsWindows() && !System.Console.IsOutputRedirected) System.Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return new(System.Console.Out, System.Console.Error)
        {
            Input = () => System.Console.In,
            InputBytes = System.Console.OpenStandardInput,
            InputIsTerminal = !System.Console.IsInputRedirected,
            IsTerminal = !System.Console.IsOutputRedirected,
            ErrorIsTerminal = !System.Console.IsErrorRedirected,
            Window = System.Console.IsOutputRedirected ? null : WindowWidth,
            ErrorWidth = System.Console.IsErrorRedirected ? 80 : WindowWidth(),
        };
    }

    /// <summary>Writes a table, grid or text; without <paramref name="wrap"/> lines are as long as they are, for breaking them drops spaces.</summary>
    public void Write(IRenderable block, bool wrap = true)
    {
        using var text = new StringWriter { NewLine = "\n" };
        Console(text, wrap ? Width : int.MaxValue / 2).Write(block);
        foreach (var line in text.ToString().TrimEnd('\n').Split('\n'))
        {
            // Tables fill their last column with spaces, and begin and end with an empty line.
            var content = line.TrimEnd();
            if (content.Length > 0 || !_endsEmpty) Standard.WriteLine(content);
            _endsEmpty = content.Length == 0;
        }
    }

    /// <summary>Writes a line; the format's brackets are Spectre's markup, what is inserted is plain text.</summary>
    public void Line(FormattableString markup) => Write(Markup.FromInterpolated(markup));

    /// <summary>Writes a line as it is, however long.</summary>
    public void PlainLine(string text)
    {
        Standard.WriteLine(text);
        _endsEmpty = text.Length == 0;
    }

    /// <summary>Writes an empty line, unless there is one already.</summary>
    public void Line()
    {
        if (!_endsEmpty) Standard.WriteLine();
        _endsEmpty = true;
    }

    /// <summary>Writes a remark to standard error: something happened that one might not expect.</summary>
    public void Note(string text) => Error.WriteLine($"note: {SafeText.OneLine(text)}");

    /// <summary>Writes one JSON object, the whole content of standard output.</summary>
    public void Json(Action<Utf8JsonWriter> properties) => Json((json, _) => properties(json));

    /// <summary>As <see cref="Json(Action{Utf8JsonWriter})"/>, for objects too large to be held: the second argument lets go what is written so far.</summary>
    public void Json(Action<Utf8JsonWriter, Action> properties)
    {
        using var bytes = new MemoryStream();
        using var json = new Utf8JsonWriter(bytes, JsonOptions);
        json.WriteStartObject();
        properties(json, LetGo);
        json.WriteEndObject();
        LetGo();
        Standard.WriteLine();

        // The writer holds whole values only, so that no character is cut.
        void LetGo()
        {
            json.Flush();
            Standard.Write(Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length));
            bytes.SetLength(0);
        }
    }

    private IAnsiConsole Console(TextWriter text, int width)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = Colours is not null ? AnsiSupport.Yes : IsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = Colours ?? (IsTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors),
            Interactive = InteractionSupport.No,
            Out = new Page(text, width, IsTerminal),
        });
        console.Profile.Capabilities.Unicode = true;
        return console;
    }

    private static int WindowWidth()
    {
        try
        {
            // Some pseudo-terminals have no size.
            return System.Console.WindowWidth is > 0 and var width ? width : 80;
        }
        catch (IOException)
        {
            return 80;
        }
    }

    private sealed class Page(TextWriter writer, int width, bool isTerminal) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => isTerminal;

        public int Width => width;

        public int Height => 25;

        public void SetEncoding(Encoding encoding)
        {
        }
    }
}
