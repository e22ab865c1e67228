using System.Globalization;

namespace Bantam.Sizing;

/// <summary>
/// Memory of a Linux system as its files tell it: <c>/proc/meminfo</c>, and control groups of version 1 or 2
/// (docs.kernel.org, admin-guide/cgroup-v1/memory and cgroup-v2). A container's limit counts where it is lower.
/// </summary>
internal static class LinuxMemory
{
    /// <summary>Total and available bytes, or null where meminfo does not tell. <paramref name="read"/> gives a file's text or null.</summary>
    public static (long Total, long Available)? Read(Func<string, string?> read)
    {
        var meminfo = read("/proc/meminfo");
        if (Line(meminfo, "MemTotal:") is not { } total || Line(meminfo, "MemAvailable:") is not { } available) return null;
        (total, available) = (total * 1024, available * 1024); // the file's "kB" are 1024 bytes

        foreach (var group in Groups(read("/proc/self/cgroup")))
        {
            var (limit, used, reclaimable) = group.IsV2
                ? (Number(read($"{group.Folder}/memory.max")), Number(read($"{group.Folder}/memory.current")), Line(read($"{group.Folder}/memory.stat"), "inactive_file "))
                : (Number(read($"{group.Folder}/memory.limit_in_bytes")), Number(read($"{group.Folder}/memory.usage_in_bytes")), Line(read($"{group.Folder}/memory.stat"), "total_inactive_file "));
            if (limit is not { } most || most >= total) continue; // version 1 writes a number near 2^63 for "no limit"
            total = Math.Min(total, most);
            // Cached file pages are in the usage, but the kernel gives them back when memory is asked for.
            var held = Math.Max(0, (used ?? 0) - (reclaimable ?? 0));
            available = Math.Min(available, Math.Max(0, most - held));
        }
        return (total, Math.Min(available, total));
    }

    // The group of this process and all above it, since any of them may carry the limit. Inside a container the path may
    // be the host's and not exist here; the root of the mount is then the container's own group.
    private static IEnumerable<(string Folder, bool IsV2)> Groups(string? selfCgroup)
    {
        foreach (var line in (selfCgroup ?? "0::/").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split(':', 3) is not [var id, var controllers, var path]) continue;
            var isV2 = id == "0" && controllers.Length == 0;
            if (!isV2 && !controllers.Split(',').Contains("memory")) continue;
            for (path = path.Trim().TrimEnd('/'); ; path = path[..Math.Max(0, path.LastIndexOf('/'))])
            {
                yield return ($"/sys/fs/cgroup{(isV2 ? "" : "/memory")}{path}", isV2);
                if (path.Length == 0) break;
            }
        }
    }

    private static long? Number(string? text) =>
        long.TryParse(text?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    // The number behind a key at the beginning of a line.
    private static long? Line(string? text, string key)
    {
        foreach (var line in (text ?? "").Split('\n'))
        {
            if (!line.StartsWith(key, StringComparison.Ordinal)) continue;
            return Number(line[key.Length..].Replace("kB", "", StringComparison.Ordinal));
        }
        return null;
    }
}
