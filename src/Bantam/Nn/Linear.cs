using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Nn;

/// <summary>
/// y = x·Wᵀ + b, the bias where there is one. The seam of the engine: the model knows that a linear maps [T, in] to
/// [T, out]; the kernels know in which of the formats W [out, in] is stored.
/// </summary>
public class Linear
{
    /// <summary>Makes the linear of <paramref name="weight"/>; <paramref name="path"/> names it in errors.</summary>
    public Linear(string path, Tensor weight, Tensor bias = default) => (Path, Weight, Bias) = (path, weight, bias);

    /// <summary>Loads <c><paramref name="path"/>.weight</c> and, with <paramref name="bias"/>, <c><paramref name="path"/>.bias</c>.</summary>
    public Linear(Weights weights, string path, int outputs, int inputs, bool bias = false)
        : this(path, weights.Matrix($"{path}.weight", outputs, inputs), bias ? weights.Vector($"{path}.bias", outputs) : default)
    {
    }

    /// <summary>Its path in the checkpoint, without <c>.weight</c>.</summary>
    public string Path { get; }

    /// <summary>W [out, in].</summary>
    public Tensor Weight { get; }

    /// <summary>b [out], or a tensor that does not exist.</summary>
    public Tensor Bias { get; }

    /// <summary>Width of x.</summary>
    public virtual long Inputs => Weight.Shape[1];

    /// <summary>Width of y.</summary>
    public virtual long Outputs => Weight.Shape[0];

    /// <summary>Maps x [T, in] to [T, out].</summary>
    /// <exception cref="ArgumentException">x is not as wide as W.</exception>
    public virtual Tensor Forward(Pass pass, Tensor x)
    {
        if (x.Shape.Columns != Inputs)
            throw new ArgumentException($"linear '{Path}': x is {x.Shape} but the weight is {Weight.Shape}; does it belong to another model?", nameof(x));
        var y = Multiply(pass, x);
        return Bias.Exists ? Ops.AddBias.Forward(pass, y, Bias) : y;
    }

    /// <summary>Maps one x by up to three linears; where all are plain and nothing records, in one go. The results are those of each alone.</summary>
    internal static void Forward(Pass pass, Tensor x, ReadOnlySpan<Linear> linears, Span<Tensor> results)
    {
        var together = pass.Tape is null && !pass.IsReference;
        foreach (var linear in linears) together &= linear.GetType() == typeof(Linear) && linear.Inputs == x.Shape.Columns;
        if (!together)
        {
            for (var i = 0; i < linears.Length; i++) results[i] = linears[i].Forward(pass, x);
            return;
        }
        Span<Tensor> weights = [default, default, default];
        for (var i = 0; i < linears.Length; i++) weights[i] = linears[i].Weight;
        Ops.MatMul.Forward(pass, x, weights[..linears.Length], results);
        for (var i = 0; i < linears.Length; i++)
            if (linears[i].Bias.Exists) results[i] = Ops.AddBias.Forward(pass, results[i], linears[i].Bias);
    }

    /// <summary>x·Wᵀ.</summary>
    protected virtual Tensor Multiply(Pass pass, Tensor x) => Ops.MatMul.Forward(pass, x, Weight);
}
