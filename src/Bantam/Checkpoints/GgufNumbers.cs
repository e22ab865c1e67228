using Bantam.Formats.Gguf;

namespace Bantam.Checkpoints;

/// <summary>Numbers of a GGUF file's metadata that must make sense (BT1036).</summary>
internal static class GgufNumbers
{
    /// <summary>A finite number above zero.</summary>
    public static float Positive(GgufMetadata m, string key, float? fallback = null)
    {
        var value = m.GetFloat(key, fallback);
        return value > 0 && float.IsFinite(value) ? value : throw Refuse(m, key, value, "must be a positive number");
    }

    /// <summary>A finite number above zero; null where it is absent or 0, which llama.cpp takes for "not set".</summary>
    public static float? PositiveOrNull(GgufMetadata m, string key) => m.GetFloat(key, 0f) == 0 ? null : Positive(m, key);

    public static ModelFileException Refuse(GgufMetadata m, string key, object value, string limit) =>
        new("BT1036", m.File, $"metadata '{key}'", $"{value}", limit);
}
