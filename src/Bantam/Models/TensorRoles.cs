using Bantam.Tensors;

namespace Bantam.Models;

/// <summary>Tells what a tensor is for from its name, as Hugging Face checkpoints and GGUF files write it, where no configuration says so.</summary>
internal static class TensorRoles
{
    private static readonly string[] Embeddings = ["embed_tokens", "wte", "word_embeddings", "token_embd"];
    private static readonly string[] Positions = ["wpe", "position_embeddings", "token_type_embeddings", "position_embd", "token_types"];
    private static readonly string[] Heads = ["lm_head", "output", "score", "classifier", "pre_classifier", "qa_outputs", "vocab_transform", "vocab_projector", "cls"];

    public static TensorRole Of(string name)
    {
        var segments = name.Split('.');
        var last = segments[^1];
        // The module that the tensor belongs to: q_proj in model.layers.0.self_attn.q_proj.weight.
        var module = segments.Length > 1 && last is "weight" or "bias" ? segments[^2] : last;

        if (module.Contains("norm", StringComparison.OrdinalIgnoreCase) || module.StartsWith("ln_", StringComparison.Ordinal)) return TensorRole.Norm;
        if (last == "bias") return TensorRole.Bias;
        if (segments.Contains("experts") || module.EndsWith("_exps", StringComparison.Ordinal)) return TensorRole.Expert;
        if (module is "gate" or "ffn_gate_inp") return TensorRole.Router;
        if (Embeddings.Contains(module)) return TensorRole.Embedding;
        if (Positions.Contains(module)) return TensorRole.Position;
        if (Heads.Contains(module)) return TensorRole.Head;
        return segments.Any(s => s.Contains("attn", StringComparison.Ordinal) || s == "attention") ? TensorRole.Attention : TensorRole.FeedForward;
    }

    /// <summary>What a configuration would say of a tensor, told from its name and shape alone.</summary>
    public static TensorSpec Spec(string name, Shape shape) => new(name, shape, Of(name)) { InputFirst = IsConv1D(name) };

    /// <summary>Whether the name is one of GPT-2's Conv1D weights, which lie <c>[in, out]</c>.</summary>
    public static bool IsConv1D(string name) =>
        name.EndsWith(".c_attn.weight", StringComparison.Ordinal) || name.EndsWith(".c_proj.weight", StringComparison.Ordinal) || name.EndsWith(".c_fc.weight", StringComparison.Ordinal);
}
