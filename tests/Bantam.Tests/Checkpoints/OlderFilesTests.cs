using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Formats.Safetensors;
using Bantam.Tensors;
using Bantam.Tests.Formats;
using Bantam.Tests.Models;

namespace Bantam.Tests.Checkpoints;

/// <summary>Files as older tools wrote them hold the same models.</summary>
public sealed class OlderFilesTests
{
    [Fact]
    public void GPT2_without_the_name_of_its_root_and_with_masks()
    {
        using var folder = new ScratchFolder();
        using var donor = FamilyCheckpoints.Create(FamilyShapes.All["gpt2"], DType.F32, 7);
        HuggingFaceExport.Write(folder.File("old"), donor, DType.F32);
        SafetensorsWriter.Write(Path.Combine(folder.File("old"), "model.safetensors"),
        [
            .. donor.Weights.All.Select(t => SafetensorsEntry.Of(t.Key["transformer.".Length..], t.Value)),
            SafetensorsEntry.Of("h.0.attn.bias", ExactLlama.Store(new float[64 * 64], DType.F32, new Shape(1, 1, 64, 64))),
            SafetensorsEntry.Of("h.0.attn.masked_bias", ExactLlama.Store([-1e4f], DType.F32, new Shape(1))),
        ]);
        using var read = Checkpoint.Open(folder.File("old"));
        Assert.Equal(donor.Weights.All.Keys.Order(StringComparer.Ordinal), read.Weights.All.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_copy_of_a_tied_head_and_tables_of_frequencies()
    {
        using var folder = new ScratchFolder();
        using var donor = FamilyCheckpoints.Create(FamilyShapes.All["qwen2"], DType.F32, 7);
        HuggingFaceExport.Write(folder.File("old"), donor, DType.F32);
        SafetensorsWriter.Write(Path.Combine(folder.File("old"), "model.safetensors"),
        [
            .. donor.Weights.All.Select(t => SafetensorsEntry.Of(t.Key, t.Value)),
            SafetensorsEntry.Of("lm_head.weight", donor.Weights.All["model.embed_tokens.weight"]),
            SafetensorsEntry.Of("model.layers.0.self_attn.rotary_emb.inv_freq", ExactLlama.Store(new float[10], DType.F32, new Shape(10))),
        ]);
        using var read = Checkpoint.Open(folder.File("old"));
        Assert.Equal(donor.Weights.All.Keys.Order(StringComparer.Ordinal), read.Weights.All.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("mixtral")]
    [InlineData("qwen3_moe")]
    public void Experts_one_by_one_in_a_GGUF_file(string family)
    {
        using var folder = new ScratchFolder();
        using var donor = FamilyCheckpoints.Create(FamilyShapes.All[family], DType.F32, 7);
        GgufExport.Write(folder.File("new.gguf"), donor, (_, t) => t.DType);
        using var stacked = Checkpoint.Open(folder.File("new.gguf"));
        var names = GgufNames.For(family);
        GgufWriter.Write(folder.File("old.gguf"), stacked.Metadata!, [.. stacked.Weights.All.Select(t => GgufTensorSource.From(names.ToGguf(t.Key)!, t.Value))]);
        using var read = Checkpoint.Open(folder.File("old.gguf"));
        foreach (var (path, tensor) in stacked.Weights.All)
            Assert.Equal(tensor.AsSpan<float>().ToArray(), read.Weights.All[path].AsSpan<float>().ToArray());
        Assert.Equal(15 * 3, read.Weights.All.Keys.Count(k => k.Contains("experts", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_table_that_is_not_Llama_3_s_stays_in_GGUF()
    {
        using var folder = new ScratchFolder();
        var table = Enumerable.Range(0, 10).Select(i => 1f + (i % 3)).ToArray();
        using var donor = FamilyCheckpoints.Create(FamilyShapes.All["mistral"] with { Architecture = "llama", RopeScaling = "rope_freqs", RopeFactors = table }, DType.F32, 7);
        GgufExport.Write(folder.File("one.gguf"), donor, (_, t) => t.DType);
        using var read = Checkpoint.Open(folder.File("one.gguf"));
        Assert.Equal(table, read.Config.RopeFactors);
        Assert.Equal("BT2109", Assert.Throws<BantamException>(() => HuggingFaceExport.Write(folder.File("two"), read, DType.F32)).Code);
    }

    [Fact]
    public void The_table_of_Llama_3_1_is_that_of_its_parameters()
    {
        // Computed from the definition by hand: wavelengths 2π·500000^(i/64); 8192/4 = 2048 and 8192/1 = 8192 tokens.
        var config = ConfigFixtures.Load("Meta-Llama-3.1-8B");
        var table = Llama3Factors.Of(config);
        Assert.Equal(64, table.Length);
        Assert.All(Enumerable.Range(0, 64), i =>
        {
            var wavelength = 2 * Math.PI * Math.Pow(500000, i / 64.0);
            Assert.Equal(wavelength < 2048 ? 0 : wavelength > 8192 ? 2 : 1, table[i] == 1 ? 0 : table[i] == 8 ? 2 : 1);
        });
        var back = Llama3Factors.Recover(config with { RopeScaling = "rope_freqs", RopeFactors = table, OriginalMaxPositionEmbeddings = null })!;
        Assert.Equal(("llama3", 8f, 1f, 4f, 8192), (back.RopeScaling, back.RopeScalingFactor, back.RopeLowFreqFactor, back.RopeHighFreqFactor, back.OriginalMaxPositionEmbeddings));
    }
}
