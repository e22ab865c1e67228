using Bantam.Formats.Safetensors;
using Bantam.Tensors;

namespace Bantam.Tests.Formats.Safetensors;

public sealed class ShardedSafetensorsTests
{
    [Theory]
    [InlineData(1, 5)]
    [InlineData(40, 5)]
    [InlineData(80, 3)]
    [InlineData(120, 2)]
    [InlineData(199, 2)]
    public void Shards_hold_no_more_than_asked_and_read_back_as_one_set(long maxShardBytes, int shards)
    {
        using var folder = new ScratchFolder();
        using var storage = SafetensorsFileTests.Noise(40);
        var tensors = Enumerable.Range(0, 5).Select(i => SafetensorsEntry.Of($"layers.{i}", storage.View(DType.F32, new Shape(10)))).ToList();
        var written = ShardedSafetensorsWriter.Write(folder.Path, tensors, maxShardBytes);
        Assert.Equal(shards + 1, written.Count);
        Assert.Equal(written.Order(), Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName).Order());

        using var sharded = ShardedSafetensors.Open(folder.File(SafetensorsIndex.FileName));
        Assert.Equal(shards, sharded.Files.Count);
        Assert.Equal(200, sharded.Index.TotalSize);
        Assert.All(sharded.Files, f => Assert.True(f.Header.DataLength <= Math.Max(maxShardBytes, 40)));
        Assert.Equal(tensors.Select(t => t.Name), sharded.Tensors.Keys);
        Assert.All(sharded.Tensors.Values, t => Assert.Equal(SafetensorsFileTests.Bytes(storage.View(DType.F32, new Shape(10))), SafetensorsFileTests.Bytes(t)));
    }

    [Fact]
    public void What_fits_one_shard_is_a_single_file_without_an_index()
    {
        using var folder = new ScratchFolder();
        using var storage = SafetensorsFileTests.Noise(40);
        var tensor = SafetensorsEntry.Of("a", storage.View(DType.F32, new Shape(10)));
        Assert.Equal(["model.safetensors"], ShardedSafetensorsWriter.Write(folder.Path, [tensor], 40));
        Assert.Equal("BT1069", Assert.Throws<BantamException>(() => ShardedSafetensorsWriter.Write(folder.Path, [tensor, tensor with { Name = "b" }], 40)).Code);
    }

    [Theory]
    [InlineData("Llama-3.1-8B-Instruct-bnb-int8", 2, 9_086_705_888)]
    [InlineData("Llama-3.1-8B-ft-bnb-int8-fp32rest", 6, 11_188_584_672)]
    [InlineData("Qwen3-1.7B-unsharded-index", 1, 3_441_149_952)]
    [InlineData("Qwen3-14B-MLX-4bit", 2, 8_307_783_680)]
    [InlineData("WizardLM-2-8x22B", 59, 281_241_268_224)]
    public void A_published_index_is_read(string model, int shards, long totalSize)
    {
        var index = SafetensorsIndex.Load(SharedData.Path("configs", model, SafetensorsIndex.FileName));
        Assert.Equal(shards, index.Shards.Count);
        Assert.Equal(totalSize, index.TotalSize);
        Assert.Contains("model.embed_tokens.weight", index.WeightMap.Keys);
    }
}
