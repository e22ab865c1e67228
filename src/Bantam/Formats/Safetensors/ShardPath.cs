namespace Bantam.Formats.Safetensors;

/// <summary>Keeps the names in an index inside the directory of that index.</summary>
internal static class ShardPath
{
    private const string Limit = "a shard must be a plain file name ending in .safetensors, in the directory of its index";

    // Windows opens a device under these names whatever the extension.
    private static readonly string[] Devices =
    [
        "con", "prn", "aux", "nul",
        .. Enumerable.Range(0, 10).Select(i => $"com{i}"),
        .. Enumerable.Range(0, 10).Select(i => $"lpt{i}"),
    ];

    /// <summary>Refuses (BT1059) a name that is more than a plain file name: the rules of every system, on every system.</summary>
    public static void Check(string name, string file, string field)
    {
        var plain = name.Length is > 0 and <= 255
            && name.IndexOfAny(['/', '\\', ':']) < 0
            && !name.Any(char.IsControl)
            && name.EndsWith(".safetensors", StringComparison.Ordinal)
            && name.Trim(' ', '.') == name
            && !Devices.Contains(name[..name.IndexOf('.')].TrimEnd(' '), StringComparer.OrdinalIgnoreCase);
        if (!plain)
            throw new ModelFileException("BT1059", file, field, $"'{name}'", Limit);
    }

    /// <summary>
    /// The regular file that shard <paramref name="name"/> of the index at <paramref name="index"/> really is, links
    /// followed. A link may lead only to a file of the same directory, or to the blobs of the Hugging Face cache
    /// (<c>snapshots/REVISION/FILE</c> → <c>blobs/HASH</c>).
    /// </summary>
    public static string Resolve(string index, string name)
    {
        var folder = new DirectoryInfo(Path.GetDirectoryName(Path.GetFullPath(index))!);
        folder = folder.LinkTarget is null ? folder : (DirectoryInfo)folder.ResolveLinkTarget(returnFinalTarget: true)!;
        var link = new FileInfo(Path.Combine(folder.FullName, name));
        var field = $"shard '{name}'";
        FileInfo target;
        try
        {
            target = link.LinkTarget is null ? link : (FileInfo)link.ResolveLinkTarget(returnFinalTarget: true)!;
        }
        catch (IOException)
        {
            throw new ModelFileException("BT1059", index, field, "a link to itself", Limit);
        }
        // The target itself is opened, not the link: what was checked is what is read.
        if (link.LinkTarget is not null && target.DirectoryName != folder.FullName && target.DirectoryName != Blobs(folder))
            throw new ModelFileException("BT1059", index, field, $"a link to {target.FullName}", Limit);
        if (Directory.Exists(target.FullName))
            throw new ModelFileException("BT1059", index, field, "a directory", Limit);
        if (!target.Exists)
            throw new ModelFileException("BT1060", index, field, "missing", "every shard of the index must be there; was the download cut off?");
        // Pipes and devices report a length of 0; opening a pipe would wait for a writer.
        if (target.Length == 0)
            throw new ModelFileException("BT1059", index, field, "empty, a pipe or a device", "a shard must be a regular file with content");
        return target.FullName;
    }

    private static string? Blobs(DirectoryInfo revision) =>
        revision.Parent is { Name: "snapshots", Parent: { } repository } ? Path.Combine(repository.FullName, "blobs") : null;
}
