using Bantam.Nn;

namespace Bantam.Models;

/// <summary>One family of models: how its checkpoints name themselves and which tensors a configuration implies.</summary>
public sealed record Architecture
{
    /// <summary>Name in this registry; Hugging Face's <c>model_type</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What a person calls it.</summary>
    public required string DisplayName { get; init; }

    /// <summary>What the class names in Hugging Face's <c>architectures</c> begin with: <c>Llama</c> in <c>LlamaForCausalLM</c>.</summary>
    public required string HuggingFaceClass { get; init; }

    /// <summary>Values of <c>general.architecture</c> in GGUF files of this family.</summary>
    public IReadOnlyList<string> GgufNames { get; init; } = [];

    /// <summary>Whether it reads text in one direction and predicts the next token.</summary>
    public bool IsDecoder { get; init; } = true;

    /// <summary>Builds the model over weights; null where the family can be sized but not run yet.</summary>
    public Func<ModelConfig, Weights, CausalLm>? Create { get; init; }

    /// <summary>What a configuration asks for and <see cref="Create"/> refuses, in words (<c>rope scaling 'llama3'</c>); null where it runs.</summary>
    public Func<ModelConfig, string?> Lacks { get; init; } = _ => null;

    /// <summary>Every tensor of a model with this configuration, in the order of the computation.</summary>
    public required Func<ModelConfig, IEnumerable<TensorSpec>> Layout { get; init; }
}
