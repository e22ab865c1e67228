using System.Runtime.Intrinsics;

namespace Bantam.Kernels;

/// <summary>What the kernel of every width agrees on.</summary>
internal static unsafe class AttentionKernel
{
    /// <summary>Positions in a page.</summary>
    public const int PageSize = 64;

    /// <summary>Positions in a partition: a part of the numeric contract.</summary>
    public const int PartitionSize = 256;

    /// <summary>The kernel of this machine, one item after the other: see <see cref="AttentionKernel{TWidth, TVector}.Items"/>.</summary>
    public static delegate*<void*, int, long, long, void> Items =>
        Vector512.IsHardwareAccelerated ? &AttentionKernel<Width512, Vector512<float>>.Items
        : Vector256.IsHardwareAccelerated ? &AttentionKernel<Width256, Vector256<float>>.Items
        : Vector128.IsHardwareAccelerated ? &AttentionKernel<Width128, Vector128<float>>.Items
        : &AttentionKernel<Width32, float>.Items;

    /// <summary>The same, partitions apart: see <see cref="AttentionKernel{TWidth, TVector}.Partitions"/>.</summary>
    public static delegate*<void*, int, long, long, void> Partitions =>
        Vector512.IsHardwareAccelerated ? &AttentionKernel<Width512, Vector512<float>>.Partitions
        : Vector256.IsHardwareAccelerated ? &AttentionKernel<Width256, Vector256<float>>.Partitions
        : Vector128.IsHardwareAccelerated ? &AttentionKernel<Width128, Vector128<float>>.Partitions
        : &AttentionKernel<Width32, float>.Partitions;

    /// <summary>And then together: see <see cref="AttentionKernel{TWidth, TVector}.Joined"/>.</summary>
    public static delegate*<void*, int, long, long, void> Joined =>
        Vector512.IsHardwareAccelerated ? &AttentionKernel<Width512, Vector512<float>>.Joined
        : Vector256.IsHardwareAccelerated ? &AttentionKernel<Width256, Vector256<float>>.Joined
        : Vector128.IsHardwareAccelerated ? &AttentionKernel<Width128, Vector128<float>>.Joined
        : &AttentionKernel<Width32, float>.Joined;
}
