namespace Bantam.Models;

/// <summary>Non-linearity of a feed-forward network.</summary>
public enum Activation
{
    /// <summary>x · sigmoid(x); Hugging Face's <c>silu</c> and <c>swish</c>.</summary>
    Silu,

    /// <summary>x · Φ(x) with the error function; <c>gelu</c> (arXiv 1606.08415).</summary>
    Gelu,

    /// <summary>Its tanh approximation; <c>gelu_new</c>, <c>gelu_pytorch_tanh</c>.</summary>
    GeluTanh,

    /// <summary>max(x, 0); <c>relu</c>.</summary>
    Relu,
}
