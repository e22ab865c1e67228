using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Bantam.Cli;

/// <summary>Version, commit, runtime and platform: what a bug report needs.</summary>
internal sealed class VersionAction(CliOutput output) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        // The SDK appends the commit: 0.1.0+b681c7e….
        var version = typeof(VersionAction).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+');
        var commit = version.Length > 1 ? $"commit {version[1][..Math.Min(7, version[1].Length)]}, " : "";
        output.Standard.WriteLine($"bantam {version[0]} ({commit}{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier})");
        return ExitCode.Done;
    }
}
