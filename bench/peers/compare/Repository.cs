using System.Diagnostics;

namespace Bantam.Peers.Compare;

/// <summary>The checkout that this program was built from.</summary>
internal static class Repository
{
    /// <summary>Its folder.</summary>
    public static string Root { get; } = Find();

    /// <summary>A program of it, as it was built together with this one.</summary>
    public static string Program(params string[] path)
    {
        var file = Path.Combine([Root, .. path[..^1], "bin", "Release", "net10.0", path[^1]]);
        return File.Exists(file) ? file : throw new FileNotFoundException($"{file} is missing: run this program with dotnet run -c Release");
    }

    /// <summary>The commit, and whether there are changes beside it.</summary>
    public static string Commit() => Git("rev-parse", "--short", "HEAD") + (Git("status", "--porcelain", "--untracked-files=no", "--", "src").Length > 0 ? " with changes" : "");

    private static string Git(params string[] arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = Root, RedirectStandardOutput = true })!;
        var printed = git.StandardOutput.ReadToEnd().Trim();
        git.WaitForExit();
        return printed;
    }

    private static string Find()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "Bantam.slnx"))) return folder;
        throw new DirectoryNotFoundException("this program runs inside the repository that it belongs to");
    }
}
