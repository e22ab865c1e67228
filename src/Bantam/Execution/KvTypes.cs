using Bantam.Tensors;

namespace Bantam.Execution;

/// <summary>The types that keys and values are stored in.</summary>
public static class KvTypes
{
    /// <summary>All but the F64 of gradient checks, which reads nothing else.</summary>
    public static IReadOnlyList<DType> All { get; } = [DType.F32, DType.F16, DType.BF16, DType.Q8_0, DType.Q4_0];

    /// <summary>Refuses what a cache of heads of <paramref name="headDim"/> cannot be.</summary>
    /// <exception cref="BantamException">BT2102: not one of <see cref="All"/>. BT3010: heads are no whole number of its blocks.</exception>
    public static void Check(DType key, DType value, int headDim)
    {
        if (key == DType.F64 && value == DType.F64) return;
        foreach (var type in (ReadOnlySpan<DType>)[key, value])
        {
            if (!All.Contains(type))
                throw new BantamException("BT2102", $"a key/value cache of {type} is not supported; use one of {string.Join(", ", All)}");
            if (headDim % type.BlockSize != 0)
                throw new BantamException("BT3010", $"a key/value cache of {type} keeps blocks of {type.BlockSize} and this model's heads are {headDim} wide; F16 fits any width");
        }
    }
}
