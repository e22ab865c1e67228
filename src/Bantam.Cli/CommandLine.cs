using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Bantam.Cli;

/// <summary>The command <c>bantam</c>: its verbs, and the way from arguments to an exit code.</summary>
internal static class CommandLine
{
    // One line per verb, in the order of the help.
    private static IEnumerable<Verb> Verbs(CliOutput output) =>
    [
        FitCommand.Create(output),
        SizeCommand.Create(output),
        InspectCommand.Create(output),
        ConvertCommand.Create(output),
        RunCommand.Create(output),
        ChatCommand.Create(output),
        TokenizeCommand.Create(output),
        ShrinkCommand.Create(output),
        BenchCommand.Create(output),
        CompareCommand.Create(output),
    ];

    /// <summary>Runs a verb and returns the exit code; nothing is thrown, and only <paramref name="output"/> is written to.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, CliOutput output, CancellationToken cancel = default)
    {
        var debug = new Option<bool>("--debug") { Description = "Show where an error comes from", Recursive = true };
        var root = new Command("bantam", "Make a language model small enough for the device it has to run on.");
        root.Options.Add(new HelpOption { Action = new HelpWithExamples(output), Description = "Show this help" });
        root.Options.Add(new Option<bool>("--version") { Description = "Show the version", Action = new VersionAction(output) });
        root.Options.Add(debug);
        foreach (var verb in Verbs(output)) root.Subcommands.Add(verb);

        // An argument that begins with @ is a prompt or a path like any other, not a file of further arguments.
        var parsed = root.Parse(args.Count == 0 ? ["--help"] : args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        try
        {
            if (parsed.Action is ParseErrorAction) return Failure.Usage(parsed, output);
            return await parsed.InvokeAsync(
                new InvocationConfiguration { Output = output.Standard, Error = output.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null },
                cancel);
        }
        catch (Exception e)
        {
            return Failure.Report(e, output, debug: parsed.GetValue(debug));
        }
    }
}
