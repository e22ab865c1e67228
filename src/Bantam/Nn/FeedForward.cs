using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Nn;

/// <summary>The half of a block that looks at each row for itself.</summary>
public abstract class FeedForward : Module
{
    /// <summary>Maps x [T, C].</summary>
    public abstract Tensor Forward(Pass pass, Tensor x);
}
