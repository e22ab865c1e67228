using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Bantam.Sizing;

/// <summary>Looks at the machine that the program runs on.</summary>
public static class DeviceProbe
{
    /// <summary>
    /// This machine's memory, processors and instruction sets. On Linux from <c>/proc/meminfo</c> and, where lower, the
    /// limits of the control groups that the process is in; elsewhere from the runtime.
    /// </summary>
    /// <param name="modelFolder">Where a model would be stored, to tell the free disk; null leaves that unknown.</param>
    public static DeviceProfile ThisMachine(string? modelFolder = null)
    {
        var (total, available) = (OperatingSystem.IsLinux() ? LinuxMemory.Read(TryReadText) : null) ?? RuntimeMemory();
        return new DeviceProfile
        {
            Name = "this machine",
            TotalMemory = total,
            AvailableMemory = available,
            Cores = Environment.ProcessorCount,
            FreeDisk = modelFolder is null ? null : FreeBytes(modelFolder),
            InstructionSets = InstructionSets(),
        };
    }

    /// <summary>The widest vector instructions that the runtime may use here, for instance <c>AVX-512, AVX2, FMA</c>.</summary>
    public static string InstructionSets()
    {
        (bool Supported, string Name)[] sets =
        [
            (Avx512BW.IsSupported, "AVX-512"), (Avx2.IsSupported, "AVX2"), (Fma.IsSupported, "FMA"),
            (AvxVnni.IsSupported, "AVX-VNNI"), (Dp.IsSupported, "DotProd"), (AdvSimd.IsSupported, "NEON"),
        ];
        var names = string.Join(", ", sets.Where(s => s.Supported).Select(s => s.Name));
        return $"{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}: {(names.Length == 0 ? "no vector instructions" : names)}";
    }

    internal static (long Total, long Available) RuntimeMemory()
    {
        // The memory load is measured at collections: before the first one it reads as zero, and everything as available.
        if (GC.GetGCMemoryInfo().Index == 0) GC.Collect(0);
        var memory = GC.GetGCMemoryInfo();
        return (memory.TotalAvailableMemoryBytes, Math.Max(0, memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes));
    }

    private static long? FreeBytes(string folder)
    {
        try
        {
            return new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null; // unknown is an answer; a probe must not end the program
        }
    }

    private static string? TryReadText(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
