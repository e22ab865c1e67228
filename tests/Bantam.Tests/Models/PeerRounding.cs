using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Models;
using Bantam.Nn;
using Bantam.Ops;
using Bantam.Tensors;

namespace Bantam.Tests.Models;

/// <summary>
/// Makes a model round where llama.cpp does and Bantam does not, so that what is left of a difference is no rounding: it
/// looks gelu up in a table of half precision, and rounds what meets F16 and BF16 weights to their type.
/// </summary>
internal static unsafe class PeerRounding
{
    /// <summary>Wraps the linears of <paramref name="model"/>.</summary>
    public static CausalLm Apply(CausalLm model, DType weights)
    {
        if (model.Config.Activation == Activation.GeluTanh) TabulateGelu(model);
        if (weights == DType.F16 || weights == DType.BF16)
            model.MapLinears(linear => linear.Weight.DType == weights ? new Rounded(linear, weights) : linear);
        return model;
    }

    // A gated network computes gate, then up, and multiplies gelu(gate) by up; GPT-2 feeds gelu(c_fc) to the MLP's c_proj.
    // The linear after the first sees to it that the product is what it would be with the table.
    private static void TabulateGelu(CausalLm model)
    {
        Watched? last = null;
        model.MapLinears(linear =>
        {
            if (linear.Path.EndsWith("gate_proj", StringComparison.Ordinal) || linear.Path.EndsWith("c_fc", StringComparison.Ordinal))
                return last = new Watched(linear);
            if (linear.Path.EndsWith("up_proj", StringComparison.Ordinal)) return new Corrected(linear, last!, after: true);
            if (linear.Path.EndsWith("mlp.c_proj", StringComparison.Ordinal)) return new Corrected(linear, last!, after: false);
            return linear;
        });
    }

    // What the table says of x: both sides of it are halves.
    private static float Table(float x) => (float)(Half)GeluTanh.Of<Width32, float>((float)(Half)x);

    private abstract class Wrapper(Linear inner) : Linear(inner.Path, inner.Weight, inner.Bias)
    {
        protected Linear Inner { get; } = inner;

        public override long Inputs => Inner.Inputs;

        public override long Outputs => Inner.Outputs;
    }

    private sealed class Watched(Linear inner) : Wrapper(inner)
    {
        public float[] Output { get; private set; } = [];

        public override Tensor Forward(Pass pass, Tensor x)
        {
            var y = Inner.Forward(pass, x);
            Output = y.AsSpan<float>().ToArray();
            return y;
        }
    }

    private sealed class Corrected(Linear inner, Watched before, bool after) : Wrapper(inner)
    {
        public override Tensor Forward(Pass pass, Tensor x)
        {
            var y = after ? Inner.Forward(pass, x) : pass.New(x.Shape.Rows, x.Shape.Columns);
            if (!after) x.AsSpan<float>().CopyTo(y.AsSpan<float>());
            var values = y.AsSpan<float>();
            for (var i = 0; i < values.Length; i++)
            {
                var exact = GeluTanh.Of<Width32, float>(before.Output[i]);
                if (exact != 0) values[i] *= Table(before.Output[i]) / exact;
            }
            return after ? y : Inner.Forward(pass, y);
        }
    }

    private sealed class Rounded(Linear inner, DType type) : Wrapper(inner)
    {
        public override Tensor Forward(Pass pass, Tensor x)
        {
            var format = BlockFormats.Of(type);
            var rounded = pass.New(x.Shape.Rows, x.Shape.Columns);
            var bytes = new byte[type.Bytes(x.Shape.Count)];
            fixed (byte* p = bytes)
            {
                format.Quantize((float*)x.Data, p, x.Shape.Count);
                format.Dequantize(p, (float*)rounded.Data, x.Shape.Count);
            }
            return Inner.Forward(pass, rounded);
        }
    }
}
