using Bantam.Formats.Gguf;
using Bantam.Models;

namespace Bantam.Checkpoints;

/// <summary>
/// The sliding window in a GGUF file, both ways: <c>attention.sliding_window</c> in tokens, and
/// <c>attention.sliding_window_pattern</c>, a flag per layer or a period n of which the last layer sees all.
/// </summary>
internal static class GgufWindowConfig
{
    private const string Window = "attention.sliding_window";
    private const string Pattern = "attention.sliding_window_pattern";

    // What llama.cpp assumes for Gemma 2 where no key says it.
    private const int OfGemma2 = 4096;

    public static bool HasWindow(GgufMetadata m, string arch) => m.GetLong($"{arch}.{Window}", 0) > 0;

    public static ModelConfig Read(GgufMetadata m, string arch, ModelConfig config)
    {
        // These have no window; the key means nothing there.
        if (config.Architecture is "llama" or "gemma" or "gpt2") return config;
        var window = m.GetInt($"{arch}.{Window}", config.Architecture == "gemma2" ? OfGemma2 : 0);
        if (window == 0) return config;
        if (window is < 0 or > ConfigLimits.Context) throw GgufNumbers.Refuse(m, $"{arch}.{Window}", window, $"must be 0 (none) to {ConfigLimits.Context}");
        var layers = Layers(m, arch, config);
        return config with { SlidingWindow = window, SlidingLayers = HasList(config) || layers.Contains(false) ? layers : null };
    }

    /// <summary>Writes the window and, where it is another than the family's usual one, the pattern; tells what llama.cpp makes of them.</summary>
    public static void Write(GgufMetadata m, string arch, ModelConfig config, List<string> notices)
    {
        var layers = Enumerable.Range(0, config.NumHiddenLayers).Select(i => config.WindowOfLayer(i) is not null).ToArray();
        if (config.SlidingWindow is not { } window || !layers.Contains(true))
        {
            if (config.Architecture == "gemma2") throw GgufConfigWriter.Unsayable(config, "without a window");
            return;
        }
        m[$"{arch}.{Window}"] = (uint)window;
        if (config.Architecture is not ("gemma2" or "gemma3_text"))
            notices.Add($"llama.cpp has no window for {arch} and lets every layer see the whole context, which differs beyond {window} tokens");
        if (layers.SequenceEqual(Periodic(config, Period(config)))) return;

        // Older readers of the key know a period only.
        var period = Enumerable.Range(0, config.NumHiddenLayers + 1).FirstOrDefault(n => layers.SequenceEqual(Periodic(config, n)), -1);
        m[$"{arch}.{Pattern}"] = new GgufValue(period >= 0 ? (uint)period : layers);
    }

    private static bool[] Layers(GgufMetadata m, string arch, ModelConfig config)
    {
        var key = $"{arch}.{Pattern}";
        if (!m.TryGet(key, out var value)) return Periodic(config, Period(config));
        if (value.Value is bool[] flags)
            return flags.Length == config.NumHiddenLayers ? flags : throw GgufNumbers.Refuse(m, key, value.TypeName, $"must have {arch}.block_count ({config.NumHiddenLayers}) entries");
        var period = m.GetInt(key);
        return period is >= 0 and <= ConfigLimits.Layers ? Periodic(config, period) : throw GgufNumbers.Refuse(m, key, period, $"must be 0 to {ConfigLimits.Layers}");
    }

    // In a period of n layers the last one sees all; 0 means that none does.
    private static bool[] Periodic(ModelConfig config, int n) => [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => n == 0 || i % n < n - 1)];

    /// <summary>The period where no key says it: every second layer of Gemma 2 sees all, every sixth of Gemma 3, none of the others.</summary>
    private static int Period(ModelConfig config) => config.Architecture switch { "gemma2" => 2, "gemma3_text" => 6, _ => 0 };

    /// <summary>Whether the family's config.json lists its layers; others have the window everywhere.</summary>
    private static bool HasList(ModelConfig config) => config.Architecture is "gemma2" or "gemma3_text" or "qwen2" or "qwen3" or "smollm3";
}
