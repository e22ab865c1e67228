using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Checkpoints;

/// <summary>
/// The tensors of a Hugging Face directory that are weights, under the paths of the whole model. Old files have tables that
/// transformers computes anew, a copy of the embedding where the head is tied, and GPT-2's root without its name.
/// </summary>
internal static class HuggingFaceTensors
{
    private const string Root = "transformer.";

    public static IReadOnlyDictionary<string, Tensor> Of(IReadOnlyDictionary<string, Tensor> tensors, ModelConfig config)
    {
        var isBare = config is { Architecture: "gpt2", Head: not ModelHead.None } && tensors.ContainsKey("wte.weight");
        if (!isBare && !tensors.Any(t => IsTable(t.Key, t.Value.Shape, config))) return tensors;
        var weights = new OrderedDictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, tensor) in tensors.Where(t => !IsTable(t.Key, t.Value.Shape, config)))
            weights[isBare && !name.StartsWith(Root, StringComparison.Ordinal) && name is not ("lm_head.weight" or "score.weight") ? Root + name : name] = tensor;
        return weights;
    }

    private static bool IsTable(string name, Shape shape, ModelConfig config) =>
        name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal)
        || (name == "lm_head.weight" && config.TieWordEmbeddings && config.Head == ModelHead.LanguageModel)
        // The causal mask, and what stands in its place.
        || (config.Architecture == "gpt2" && ((name.EndsWith(".attn.bias", StringComparison.Ordinal) && shape.Rank > 1) || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal)));
}
