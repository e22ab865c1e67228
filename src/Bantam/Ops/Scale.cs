using System.Runtime.CompilerServices;
using Bantam.Execution;
using Bantam.Kernels;
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
        if (pass.IsReference)
            for (long i = 0; i < x.Shape.Count; i++) ((double*)x.Data)[i] *= scale;
        else Elementwise.Run(pass.Workers, x.Shape.Count, 4, new Scaled((float*)x.Data, scale));
    }

    private readonly struct Scaled(float* x, float scale) : IElementwise
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<TWidth, TVector>(long i)
            where TWidth : struct, IWidth<TVector>
            where TVector : struct => TWidth.Store(TWidth.Multiply(TWidth.Load(x + i), TWidth.Create(scale)), x + i);
    }
}
