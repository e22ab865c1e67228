using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Bantam.Cli;

/// <summary>The library's help, followed by the verb's examples.</summary>
internal sealed class HelpWithExamples(CliOutput output) : SynchronousCommandLineAction
{
    // Longer lines are hard to read, however wide the window.
    private const int MaxWidth = 100;

    private readonly HelpAction _help = new() { MaxWidth = Math.Min(output.Width, MaxWidth) };

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var text = parseResult.InvocationConfiguration.Output;
        _ = _help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is Verb verb)
        {
            text.WriteLine("Examples:");
            var width = verb.Examples.Max(e => e.CommandLine.Length);
            // Side by side where the longest example leaves room for its meaning, else the meaning above.
            if (width + verb.Examples.Max(e => e.Meaning.Length) + 4 <= Math.Min(output.Width, MaxWidth))
            {
                foreach (var (line, meaning) in verb.Examples) text.WriteLine($"  {line.PadRight(width)}  {meaning}");
            }
            else
            {
                foreach (var (line, meaning) in verb.Examples) text.WriteLine($"  # {meaning}\n  {line}");
            }
        }
        else
        {
            text.WriteLine("Begin with: bantam fit gemma-2b");
        }
        return ExitCode.Done;
    }
}
