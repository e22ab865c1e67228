namespace Bantam.Cli;

/// <summary>Where a path really leads: absolute, and with every link on its way followed.</summary>
internal static class RealPath
{
    private static readonly StringComparison Comparison =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <summary>The real path; what does not exist yet is taken as it is written.</summary>
    /// <exception cref="IOException">Links go in circles.</exception>
    public static string Of(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var real = Path.GetPathRoot(full)!;
        foreach (var part in full[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            real = Path.Combine(real, part);
            FileSystemInfo entry = Directory.Exists(real) ? new DirectoryInfo(real) : new FileInfo(real);
            // The target of a link may lie behind further links.
            if (entry.LinkTarget is not null) real = Of(entry.ResolveLinkTarget(returnFinalTarget: true)!.FullName);
        }
        return real;
    }

    /// <summary>Whether both lead to the same place.</summary>
    public static bool Same(string a, string b) => Of(a).Equals(Of(b), Comparison);
}
