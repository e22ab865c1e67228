using System.Text.Json;
using Bantam.Cli;

namespace Bantam.Tests.Cli;

/// <summary>What a command line came to, run in this process and without a console.</summary>
internal sealed record CliRun(int ExitCode, string Output, string Error)
{
    public static async Task<CliRun> Of(params string[] args) => await Of(args, TestContext.Current.CancellationToken);

    /// <summary>With a text on standard input.</summary>
    public static async Task<CliRun> WithInput(string input, params string[] args) => await WithInput(System.Text.Encoding.UTF8.GetBytes(input), args);

    /// <summary>With bytes on standard input, which need not be a text.</summary>
    public static async Task<CliRun> WithInput(byte[] input, params string[] args) => await WithInput(() => new MemoryStream(input), args);

    /// <summary>With a stream as standard input.</summary>
    public static async Task<CliRun> WithInput(Func<Stream> input, params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var console = new CliOutput(output, error) { Input = () => new StreamReader(input()), InputBytes = input };
        var code = await CommandLine.RunAsync(args, console, TestContext.Current.CancellationToken);
        return new(code, output.ToString(), error.ToString());
    }

    public static async Task<CliRun> Of(string[] args, CancellationToken cancel, int? width = null)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var console = width is { } columns ? new CliOutput(output, error) { Width = columns } : new CliOutput(output, error);
        var code = await CommandLine.RunAsync(args, console, cancel);
        return new(code, output.ToString(), error.ToString());
    }

    /// <summary>Standard output as the one JSON object that it must be, with nothing around it.</summary>
    public JsonElement Json
    {
        get
        {
            Assert.Equal("", Error);
            return JsonDocument.Parse(Output).RootElement;
        }
    }

    /// <summary>The run must have failed with one line on standard error and nothing on standard output.</summary>
    public string OneErrorLine(int exitCode)
    {
        Assert.Equal((exitCode, ""), (ExitCode, Output));
        Assert.StartsWith("error: ", Error);
        Assert.EndsWith("\n", Error);
        var line = Error[..^1];
        Assert.DoesNotContain(line, char.IsControl);
        Assert.DoesNotContain("   at ", line);
        return line;
    }
}
