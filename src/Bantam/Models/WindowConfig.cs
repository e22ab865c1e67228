namespace Bantam.Models;

/// <summary>Reads which layers attend to a sliding window only, each family's way.</summary>
internal static class WindowConfig
{
    public static ModelConfig Read(ConfigFields fields, int? absent, ModelConfig config)
    {
        // Llama and Gemma have no windows; the field means nothing there.
        if (config.Architecture is "llama" or "gemma") return config;

        var window = fields.IntOrNull("sliding_window", 1, ConfigLimits.Context, absent);
        var qwen = config.Architecture is "qwen2" or "qwen3" or "qwen3_moe";
        if (window is null || (qwen && !fields.Bool("use_sliding_window", absent: false))) return config;

        // Mistral, Mixtral, Phi-3 and Qwen3-MoE: every layer.
        config = config with { SlidingWindow = window };
        if (config.Architecture is not ("gemma2" or "qwen2" or "qwen3")) return config;

        var layers = config.NumHiddenLayers;
        if (fields.Texts("layer_types", ConfigLimits.Layers) is { } types)
        {
            if (types.Count != layers) throw fields.Refuse("layer_types", $"a list of {types.Count}", $"must have num_hidden_layers ({layers}) entries");
            return config with { SlidingLayers = [.. types.Select(t => IsSliding(fields, t))] };
        }
        // Gemma 2 begins with a window and alternates; Qwen has full attention in the first max_window_layers.
        var full = config.Architecture == "gemma2" ? 0 : fields.Int("max_window_layers", 0, ConfigLimits.Layers, 28);
        return config with { SlidingLayers = [.. Enumerable.Range(0, layers).Select(i => config.Architecture == "gemma2" ? i % 2 == 0 : i >= full)] };
    }

    private static bool IsSliding(ConfigFields fields, string type) => type switch
    {
        "sliding_attention" => true,
        "full_attention" => false,
        _ => throw fields.Refuse("layer_types", type, "must be sliding_attention or full_attention"),
    };
}
