using System.CommandLine;
using System.CommandLine.Parsing;

namespace Bantam.Cli;

/// <summary>Errors as a person sees them: one line on standard error, and an exit code.</summary>
internal static class Failure
{
    private const string SizeUndisclosed = "BT2006";

    /// <summary>Says what is wrong with the arguments and where help is.</summary>
    public static int Usage(ParseResult parsed, CliOutput output)
    {
        if (parsed.CommandResult.Command is Verb verb)
            Line(output, $"{Message(parsed.Errors[0])}; try 'bantam {verb.Name} --help'");
        else if (parsed.UnmatchedTokens is [var token, ..])
            Line(output, $"there is no verb '{token}'; verbs are {string.Join(", ", parsed.CommandResult.Command.Subcommands.Select(c => c.Name))}");
        else
            Line(output, $"{parsed.Errors[0].Message.TrimEnd('.')}; try 'bantam --help'");
        return ExitCode.WrongUsage;
    }

    /// <summary>Says what went wrong; with <paramref name="debug"/> also where.</summary>
    public static int Report(Exception error, CliOutput output, bool debug)
    {
        Line(output, error switch
        {
            BantamException => error.Message,
            OperationCanceledException => "stopped",
            IOException or UnauthorizedAccessException => error.Message,
            OutOfMemoryException => "out of memory; try a smaller model, format or context",
            _ => $"{error.GetType().Name}: {error.Message} (this is a bug in bantam; --debug shows where)",
        });
        if (debug) output.Error.WriteLine(error);
        return error switch
        {
            OperationCanceledException => ExitCode.Cancelled,
            BantamException { Code: SizeUndisclosed } => ExitCode.Unknown,
            _ => ExitCode.Failed,
        };
    }

    // The parser's own line for a missing argument names the verb alone.
    private static string Message(ParseError error) => error.SymbolResult is ArgumentResult { Tokens.Count: 0, Parent: CommandResult } missing
        ? $"{missing.Argument.Name} is missing"
        : error.Message.TrimEnd('.');

    private static void Line(CliOutput output, string message) => output.Error.WriteLine($"error: {SafeText.OneLine(message)}");
}
