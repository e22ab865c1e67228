namespace Bantam.Kernels.Quant;

/// <summary>A row of the table for a format that widens to floats.</summary>
internal sealed unsafe class FloatFormat<TFormat> : BlockFormat<TFormat>
    where TFormat : struct, IBlockFormat, IFloatFormat
{
}
