using Bantam.Models;

namespace Bantam.Tests.Models;

/// <summary>
/// Models of one layer, small enough to read texts of 9,000 and 40,000 tokens, far beyond the context before the scaling of
/// their positions. Keys of the whole text stand beside each other, so that every distance up to its length counts.
/// </summary>
internal static class FarShapes
{
    private static readonly ModelConfig Llama = new()
    {
        Architecture = "llama",
        HiddenSize = 32,
        NumHiddenLayers = 1,
        NumAttentionHeads = 2,
        NumKeyValueHeads = 1,
        HeadDim = 16,
        IntermediateSize = 48,
        VocabSize = 131,
        MaxPositionEmbeddings = 131072,
        RopeTheta = 500000,
        RopeScaling = "llama3",
        RopeScalingFactor = 8,
        RopeLowFreqFactor = 1,
        RopeHighFreqFactor = 4,
        OriginalMaxPositionEmbeddings = 8192,
        BosTokenId = 1,
        EosTokenIds = [2],
    };

    private static readonly ModelConfig Phi = Llama with
    {
        Architecture = "phi3",
        FusedQkv = true,
        FusedGateUp = true,
        RopeTheta = 10000,
        RopeScaling = "longrope",
        RopeScalingFactor = 32,
        RopeLowFreqFactor = null,
        RopeHighFreqFactor = null,
        OriginalMaxPositionEmbeddings = 4096,
        RopeFactors = [1, 1, 1, 1.125f, 1.25f, 1.5f, 1.75f, 2],
        RopeLongFactors = [1, 1.125f, 1.5f, 2, 4, 8, 16, 32],
    };

    private static readonly ModelConfig Qwen = Llama with
    {
        Architecture = "qwen2",
        AttentionBias = true,
        RopeTheta = 1e6f,
        RopeScaling = "yarn",
        RopeScalingFactor = 4,
        RopeLowFreqFactor = null,
        RopeHighFreqFactor = null,
        OriginalMaxPositionEmbeddings = 2048,
    };

    /// <summary>Configurations and lengths of their texts.</summary>
    public static IReadOnlyDictionary<string, (ModelConfig Config, int Length)> All { get; } = new Dictionary<string, (ModelConfig, int)>
    {
        ["llama, 9000 positions"] = (Llama, 9_001),
        ["llama, 40000 positions"] = (Llama with { NumAttentionHeads = 1 }, 40_001),
        ["qwen2, 9000 positions"] = (Qwen, 9_001),
        ["phi3, 9000 positions"] = (Phi, 9_001),
    };

    /// <summary>A text of <paramref name="length"/> tokens.</summary>
    public static int[] Text(ModelConfig config, int length)
    {
        if (length == FamilyShapes.TextLength) return FamilyShapes.Text(config);
        var random = new ExactRandom((ulong)length);
        return [.. Enumerable.Range(0, length).Select(_ => random.Below(config.VocabSize))];
    }
}
