using Bantam.Tensors;

namespace Bantam.Formats.Safetensors;

/// <summary>One line of a safetensors header.</summary>
/// <param name="Name">Its path in the checkpoint.</param>
/// <param name="DType">How its values lie in memory.</param>
/// <param name="Shape">Dimensions, outermost first; empty for a scalar, and any may be zero.</param>
/// <param name="Begin">First byte, counted from the start of the data (not of the file).</param>
/// <param name="End">One past the last byte.</param>
public sealed record SafetensorsTensor(string Name, DType DType, Shape Shape, long Begin, long End)
{
    /// <summary>Length in bytes.</summary>
    public long Bytes => End - Begin;
}
