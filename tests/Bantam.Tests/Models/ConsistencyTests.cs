using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Tests.Models;

/// <summary>Configurations put together in code that contradict themselves are refused before a pointer goes astray.</summary>
public sealed class ConsistencyTests
{
    private static readonly Dictionary<string, (string Family, Func<ModelConfig, ModelConfig> Change)> Table = new()
    {
        ["no layers"] = ("llama", c => c with { NumHiddenLayers = 0 }),
        ["a width below zero"] = ("llama", c => c with { HiddenSize = -8 }),
        ["heads that share no keys evenly"] = ("llama", c => c with { NumAttentionHeads = 3, NumKeyValueHeads = 2 }),
        ["fewer heads than keys"] = ("llama", c => c with { NumAttentionHeads = 1, NumKeyValueHeads = 2 }),
        ["more rotated than there is"] = ("phi3", c => c with { PartialRotaryFactor = 1.5f }),
        ["a share that is no number"] = ("phi3", c => c with { PartialRotaryFactor = float.NaN }),
        ["a short list of windows"] = ("gemma2", c => c with { SlidingLayers = [true] }),
        ["a short list of rotated layers"] = ("smollm3", c => c with { RotaryLayers = [true] }),
        ["a window of nothing"] = ("mistral", c => c with { SlidingWindow = 0 }),
        ["a window before the beginning"] = ("mistral", c => c with { SlidingWindow = -3 }),
        ["more experts than there are"] = ("mixtral", c => c with { NumExpertsPerToken = 4 }),
        ["no expert"] = ("qwen3_moe", c => c with { NumExpertsPerToken = 0 }),
        ["every zeroth layer sparse"] = ("qwen3_moe", c => c with { DecoderSparseStep = 0 }),
        ["a GPT-2 with grouped queries"] = ("gpt2", c => c with { NumKeyValueHeads = 2 }),
        ["a GPT-2 with wide heads"] = ("gpt2", c => c with { HeadDim = 12 }),
    };

    public static TheoryData<string> Cases => new(Table.Keys);

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_configuration_that_contradicts_itself_is_refused(string name)
    {
        var (family, change) = Table[name];
        var config = FamilyShapes.Tiny[family];
        var weights = FamilyShapes.Weights(config, DType.F32, 1);
        _ = Architectures.Of(config).Create!(config, weights);
        Assert.Throws<ArgumentException>(() => Architectures.Of(config).Create!(change(config), weights));
    }
}
