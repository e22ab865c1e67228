using System.Diagnostics.CodeAnalysis;

namespace Bantam.Models;

/// <summary>The families that Bantam knows, one line each. What is not here is refused by name, never guessed.</summary>
/// <remarks>GGUF files of Mistral and Mixtral call themselves <c>llama</c>; the former have a window, the latter an <c>expert_count</c>.</remarks>
public static class Architectures
{
    /// <summary>All families.</summary>
    public static IReadOnlyList<Architecture> All { get; } =
    [
        new() { Name = "llama", DisplayName = "Llama", HuggingFaceClass = "Llama", GgufNames = ["llama"], Layout = DecoderLayout.Tensors, Create = (config, weights) => new Llama(config, weights), Lacks = c => FeatureTable.Lacks(c, Llama.Computes) },
        new() { Name = "mistral", DisplayName = "Mistral", HuggingFaceClass = "Mistral", Layout = DecoderLayout.Tensors, Create = (config, weights) => new Mistral(config, weights), Lacks = c => FeatureTable.Lacks(c, Mistral.Computes) },
        new() { Name = "mixtral", DisplayName = "Mixtral", HuggingFaceClass = "Mixtral", Layout = DecoderLayout.Tensors, Create = (config, weights) => new Mixtral(config, weights), Lacks = c => FeatureTable.Lacks(c, Mixtral.Computes) },
        new() { Name = "gemma", DisplayName = "Gemma", HuggingFaceClass = "Gemma", GgufNames = ["gemma"], Layout = DecoderLayout.Tensors, Create = (config, weights) => new Gemma(config, weights), Lacks = c => FeatureTable.Lacks(c, Gemma.Computes) },
        new() { Name = "gemma2", DisplayName = "Gemma 2", HuggingFaceClass = "Gemma2", GgufNames = ["gemma2"], Layout = DecoderLayout.Tensors, Create = (config, weights) => new Gemma2(config, weights), Lacks = c => FeatureTable.Lacks(c, Gemma2.Computes) },
        new() { Name = "gemma3_text", DisplayName = "Gemma 3 (text)", HuggingFaceClass = "Gemma3", GgufNames = ["gemma3"], Layout = DecoderLayout.Tensors, Create = (config, weights) => new Gemma3(config, weights), Lacks = c => FeatureTable.Lacks(c, Gemma3.Computes) },
        new() { Name = "qwen2", DisplayName = "Qwen2 and Qwen2.5", HuggingFaceClass = "Qwen2", GgufNames = ["qwen2"], Layout = DecoderLayout.Tensors, Create = (config, weights) => new Qwen2(config, weights), Lacks = c => FeatureTable.Lacks(c, Qwen2.Computes) },
        new() { Name = "qwen3", DisplayName = "Qwen3", HuggingFaceClass = "Qwen3", GgufNames = ["qwen3"], Layout = DecoderLayout.Tensors, Create = (config, weights) => new Qwen3(config, weights), Lacks = c => FeatureTable.Lacks(c, Qwen3.Computes) },
        new() { Name = "qwen3_moe", DisplayName = "Qwen3 mixture of experts", HuggingFaceClass = "Qwen3Moe", GgufNames = ["qwen3moe"], Layout = DecoderLayout.Tensors, Create = (config, weights) => new Qwen3Moe(config, weights), Lacks = c => FeatureTable.Lacks(c, Qwen3Moe.Computes) },
        new() { Name = "phi3", DisplayName = "Phi-3", HuggingFaceClass = "Phi3", GgufNames = ["phi3"], Layout = DecoderLayout.Tensors, Create = (config, weights) => new Phi3(config, weights), Lacks = c => FeatureTable.Lacks(c, Phi3.Computes) },
        new() { Name = "gpt2", DisplayName = "GPT-2", HuggingFaceClass = "GPT2", GgufNames = ["gpt2"], Layout = Gpt2Layout.Tensors, Create = (config, weights) => new Gpt2(config, weights), Lacks = c => FeatureTable.Lacks(c, Gpt2.Computes) },
        new() { Name = "smollm3", DisplayName = "SmolLM3", HuggingFaceClass = "SmolLM3", GgufNames = ["smollm3"], Layout = DecoderLayout.Tensors, Create = (config, weights) => new SmolLm3(config, weights), Lacks = c => FeatureTable.Lacks(c, SmolLm3.Computes) },
        new() { Name = "distilbert", DisplayName = "DistilBERT", HuggingFaceClass = "DistilBert", IsDecoder = false, Layout = DistilBertLayout.Tensors },
    ];

    /// <summary>Finds a family by Hugging Face's <c>model_type</c>.</summary>
    public static bool TryFind(string name, [NotNullWhen(true)] out Architecture? architecture)
    {
        architecture = All.FirstOrDefault(a => a.Name == name);
        return architecture is not null;
    }

    /// <summary>Finds a family by a GGUF file's <c>general.architecture</c>.</summary>
    public static bool TryFindGguf(string name, [NotNullWhen(true)] out Architecture? architecture)
    {
        architecture = All.FirstOrDefault(a => a.GgufNames.Contains(name));
        return architecture is not null;
    }

    /// <summary>The family of a configuration. Throws <see cref="ArgumentException"/> when its name is not in the table.</summary>
    public static Architecture Of(ModelConfig config) => TryFind(config.Architecture, out var architecture)
        ? architecture
        : throw new ArgumentException($"no family is called '{config.Architecture}'", nameof(config));
}
