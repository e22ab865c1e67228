using System.Numerics;
using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>x = s·x, in place: Gemma scales its embeddings by √C. x [T, C].</summary>
public static unsafe class Scale
{
    /// <summary>Scales.</summary>
    public static Tensor Forward(Pass pass, Tensor x, float scale)
    {
        Multiply(pass, x, scale);
        pass.Tape?.Push(new TapeRecord(&Backward, x, x, scalar: scale));
        return x;
    }

    // In place: what has gathered as the gradient of s·x becomes that of x.
    private static void Backward(Pass pass, in TapeRecord r) => Multiply(pass, pass.Tape!.Gradient(r.Output), (float)r.Scalar);

    private static void Multiply(Pass pass, Tensor x, float scale)
    {
        if (pass.IsReference) Multiply((double*)x.Data, scale, x.Shape.Count);
        else Multiply((float*)x.Data, scale, x.Shape.Count);
    }

    private static void Multiply<T>(T* x, T scale, long n)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (long i = 0; i < n; i++) x[i] *= scale;
    }
}
