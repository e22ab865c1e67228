using System.Globalization;

namespace Bantam.Inference;

/// <summary>Memory of this process as the operating system counts it, in bytes.</summary>
/// <param name="Resident">Pages in memory, mapped files included.</param>
/// <param name="Private">Of these, what no file backs; null where the system does not say.</param>
/// <param name="Managed">The managed heap.</param>
public readonly record struct ProcessMemory(long Resident, long? Private, long Managed)
{
    /// <summary>Reads the present values: <c>/proc/self/status</c> on Linux, the working set elsewhere.</summary>
    public static ProcessMemory Now()
    {
        var managed = GC.GetTotalMemory(forceFullCollection: false);
        if (!OperatingSystem.IsLinux()) return new(Environment.WorkingSet, null, managed);
        var status = File.ReadAllLines("/proc/self/status");
        return new(Field("VmRSS:"), Field("RssAnon:"), managed);

        // "VmRSS:     1234 kB"
        long Field(string name)
        {
            var line = Array.Find(status, l => l.StartsWith(name, StringComparison.Ordinal)) ?? "";
            var number = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(1);
            return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var kib) ? kib * 1024 : 0;
        }
    }
}
