using System.CommandLine;

namespace Bantam.Cli;

/// <summary>A verb: a command that has examples and runs with a token for Ctrl-C.</summary>
internal sealed class Verb(string name, string description) : Command(name, description)
{
    /// <summary>Command lines that one could type, each with what it does; the help shows them.</summary>
    public required IReadOnlyList<(string CommandLine, string Meaning)> Examples { get; init; }

    /// <summary>Sets what the verb does; the result is the exit code.</summary>
    public void Runs(Func<ParseResult, CancellationToken, int> action) =>
        SetAction((parsed, cancel) => Task.FromResult(action(parsed, cancel)));
}
