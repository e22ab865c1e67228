using System.ComponentModel;
using System.Diagnostics;

namespace Bantam.Tests;

/// <summary>Runs one of the independent Python implementations under <c>bench/peers</c> (standard library only).</summary>
internal static class PeerScript
{
    /// <summary>What the script prints; the calling test is skipped where there is no Python and fails where the script does.</summary>
    public static string Run(string script, params ReadOnlySpan<string> arguments)
    {
        using var python = Start([Path.Combine(Repository.Root, "bench", "peers", script), .. arguments]);
        Assert.SkipWhen(python is null, "there is no python3 on this machine");
        var output = python!.StandardOutput.ReadToEnd();
        python.WaitForExit();
        Assert.Equal(0, python.ExitCode);
        return output;
    }

    private static Process? Start(string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("python3", arguments) { RedirectStandardOutput = true });
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
