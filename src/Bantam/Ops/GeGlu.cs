using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>y = gelu(gate)∘up with the tanh form of gelu (arXiv 2002.05202, 1606.08415): Gemma.</summary>
public static class GeGlu
{
    /// <summary>
    /// Applies the gated activation; gate, up and the result are [T, F]. Where nothing records, the result takes the place of
    /// <paramref name="gate"/>, which nobody may want any more.
    /// </summary>
    public static Tensor Forward(Pass pass, Tensor gate, Tensor up) => GatedActivation<GeluTanh>.Forward(pass, gate, up);
}
