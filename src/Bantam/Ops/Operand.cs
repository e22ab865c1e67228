using System.Numerics;
using Bantam.Execution;
using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>Reads weight rows for the scalar references and the backward functions, whatever format they are stored in.</summary>
internal static unsafe class Operand
{
    /// <summary>
    /// Row <paramref name="row"/> of <paramref name="weight"/> as <typeparamref name="T"/>: where it lies, if it is stored
    /// so and has no scales, else decoded into <paramref name="scratch"/> (one row).
    /// </summary>
    public static T* Row<T>(Tensor weight, long row, T* scratch)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (weight.DType == TypeOf<T>() && weight.Scales is null) return (T*)weight.Row(row);
        var k = (int)weight.Shape.Columns;
        if (typeof(T) == typeof(float))
        {
            RowScales.Unpack(weight, row, (float*)scratch);
            return scratch;
        }
        // The floats are decoded into the upper half of the scratch row, from where widening walks upwards without
        // overtaking itself: element i is read before element 2i − k, the last one to share its place, is written.
        var floats = (float*)scratch + k;
        RowScales.Unpack(weight, row, floats);
        for (var i = 0; i < k; i++) scratch[i] = T.CreateTruncating(floats[i]);
        return scratch;
    }

    /// <summary>The storage type of <typeparamref name="T"/>.</summary>
    public static DType TypeOf<T>()
        where T : unmanaged => typeof(T) == typeof(double) ? DType.F64 : DType.F32;

    /// <summary>Room for one row of <paramref name="weight"/>.</summary>
    public static Tensor Scratch(Pass pass, Tensor weight) => pass.New(weight.Shape.Columns);
}
