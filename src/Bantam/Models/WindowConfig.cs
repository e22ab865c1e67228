namespace Bantam.Models;

/// <summary>Reads which layers attend to a sliding window only, each family's way.</summary>
internal static class WindowConfig
{
    public static ModelConfig Read(ConfigFields fields, int? absent, ModelConfig config)
    {
        // Llama and Gemma have no windows; the field means nothing there.
        if (config.Architecture is "llama" or "gemma") return config;

        var window = fields.IntOrNull("sliding_window", 1, ConfigLimits.Context, absent);
        var optional = config.Architecture is "qwen2" or "qwen3" or "qwen3_moe" or "smollm3";
        if (window is null || (optional && !fields.Bool("use_sliding_window", absent: false))) return config;

        // Mistral, Mixtral, Phi-3 and Qwen3-MoE: every layer.
        config = config with { SlidingWindow = window };
        if (config.Architecture is not ("gemma2" or "gemma3_text" or "qwen2" or "qwen3" or "smollm3")) return config;

        var layers = config.NumHiddenLayers;
        if (fields.Texts("layer_types", ConfigLimits.Layers) is { } types)
        {
            if (types.Count != layers) throw fields.Refuse("layer_types", $"a list of {types.Count}", $"must have num_hidden_layers ({layers}) entries");
            return config with { SlidingLayers = [.. types.Select(t => IsSliding(fields, t))] };
        }
        return config with { SlidingLayers = [.. Enumerable.Range(0, layers).Select(Usual(fields, config))] };
    }

    /// <summary>Which layers have the window where no list says so.</summary>
    private static Func<int, bool> Usual(ConfigFields fields, ModelConfig config)
    {
        switch (config.Architecture)
        {
            // Begins with a window and alternates.
            case "gemma2":
                return layer => layer % 2 == 0;
            // Every sixth layer sees the whole context.
            case "gemma3_text":
                var name = fields.Has("sliding_window_pattern") ? "sliding_window_pattern" : "_sliding_window_pattern";
                var pattern = fields.Int(name, 1, ConfigLimits.Layers, 6);
                return layer => (layer + 1) % pattern != 0;
            // The layers without positions.
            case "smollm3":
                return layer => !config.IsRotaryLayer(layer);
            // Qwen has full attention in the first layers.
            default:
                var full = fields.Int("max_window_layers", 0, ConfigLimits.Layers, 28);
                return layer => layer >= full;
        }
    }

    private static bool IsSliding(ConfigFields fields, string type) => type switch
    {
        "sliding_attention" => true,
        "full_attention" => false,
        _ => throw fields.Refuse("layer_types", type, "must be sliding_attention or full_attention"),
    };
}
