using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>y = silu(gate)∘up with silu(g) = g / (1 + e⁻ᵍ) (arXiv 2002.05202): Llama and most of its descendants.</summary>
public static class SwiGlu
{
    /// <summary>
    /// Applies the gated activation; gate, up and the result are [T, F]. Where nothing records, the result takes the place of
    /// <paramref name="gate"/>, which nobody may want any more.
    /// </summary>
    public static Tensor Forward(Pass pass, Tensor gate, Tensor up) => GatedActivation<Silu>.Forward(pass, gate, up);
}
