using System.Text;
using System.Text.Json.Nodes;
using Bantam.Models;

namespace Bantam.Tests.Models;

/// <summary>Small configurations to vary, one per family.</summary>
internal static class ConfigFixtures
{
    public static ModelConfig Load(params ReadOnlySpan<string> path) => HuggingFaceConfig.Load(SharedData.Path(["configs", .. path, "config.json"]));

    public static ModelConfig Read(JsonObject config) => HuggingFaceConfig.Parse(Encoding.UTF8.GetBytes(config.ToJsonString()), "config.json");

    public static ModelConfig Read(string json) => HuggingFaceConfig.Parse(Encoding.UTF8.GetBytes(json), "config.json");

    /// <summary>The fields that cannot be left out, and no others.</summary>
    public static JsonObject Bare(string family) => family switch
    {
        "gpt2" => new() { ["model_type"] = "gpt2", ["n_embd"] = 64, ["n_layer"] = 2, ["n_head"] = 4, ["vocab_size"] = 300 },
        "distilbert" => new() { ["model_type"] = "distilbert", ["dim"] = 64, ["n_layers"] = 2, ["n_heads"] = 4, ["hidden_dim"] = 128, ["vocab_size"] = 300 },
        _ => Decoder(family),
    };

    private static JsonObject Decoder(string family)
    {
        // 32 heads, so that the families' default numbers of key and value heads divide them.
        var config = new JsonObject
        {
            ["model_type"] = family,
            ["hidden_size"] = 128,
            ["intermediate_size"] = 96,
            ["num_hidden_layers"] = 4,
            ["num_attention_heads"] = 32,
            ["vocab_size"] = 300,
        };
        if (family == "mixtral") (config["num_local_experts"], config["num_experts_per_tok"]) = (4, 2);
        if (family == "qwen3_moe") (config["num_experts"], config["num_experts_per_tok"], config["moe_intermediate_size"]) = (4, 2, 48);
        return config;
    }
}
