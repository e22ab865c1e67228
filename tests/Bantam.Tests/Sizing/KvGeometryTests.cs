using Bantam.Models;
using Bantam.Sizing;
using Bantam.Tensors;
using Bantam.Tests.Models;

namespace Bantam.Tests.Sizing;

public class KvGeometryTests
{
    [Theory]
    [InlineData("gemma-2b", 18_432)]
    [InlineData("gemma-7b", 458_752)]
    [InlineData("gemma-2-2b", 106_496)]
    [InlineData("gemma-2-9b", 344_064)]
    [InlineData("mistral-7b", 131_072)]
    [InlineData("mistral-7b-v0.3", 131_072)]
    [InlineData("llama-2-7b", 524_288)]
    [InlineData("llama-3.1-8b", 131_072)]
    [InlineData("llama-3.1-70b", 327_680)]
    [InlineData("llama-3.1-405b", 516_096)]
    [InlineData("llama-3.2-1b", 32_768)]
    [InlineData("llama-3.2-3b", 114_688)]
    [InlineData("tinyllama-1.1b", 22_528)]
    [InlineData("qwen2.5-0.5b", 12_288)]
    [InlineData("qwen2.5-1.5b", 28_672)]
    [InlineData("qwen2.5-3b", 36_864)]
    [InlineData("qwen2.5-7b", 57_344)]
    [InlineData("qwen3-0.6b", 114_688)]
    [InlineData("qwen3-8b", 147_456)]
    [InlineData("smollm2-135m", 23_040)]
    [InlineData("smollm2-360m", 40_960)]
    [InlineData("smollm2-1.7b", 196_608)]
    [InlineData("phi-3-mini", 393_216)]
    [InlineData("stories260k", 640)]
    [InlineData("distilbert", 0)]
    public void Bytes_per_token_are_the_published_ones(string name, long bytes) =>
        Assert.Equal(bytes, Footprint.Of(ModelCatalog.Find(name).Config).KvBytesPerToken());

    [Fact]
    public void VLLMs_log_of_Llama_8B_is_reproduced()
    {
        // vllm-project/vllm#12330: 5691 blocks of 16 tokens take 11.115 GiB.
        var kv = KvGeometry.Of(ModelCatalog.Find("llama-3.1-8b").Config);
        Assert.Equal(11.115, kv.Bytes(5691 * 16) / (double)(1L << 30), 0.0005);
    }

    [Fact]
    public void Layers_with_a_window_stop_growing()
    {
        var gemma2 = KvGeometry.Of(ModelCatalog.Find("gemma-2-2b").Config);
        Assert.Equal(106_496L * 4096, gemma2.Bytes(4096));
        // Beyond the window only every other layer grows.
        Assert.Equal((106_496L * 4096) + (106_496L / 2 * 4096), gemma2.Bytes(8192));
        Assert.Equal((106_496L * 4096) + (106_496L / 2 * 4096) + (106_496L / 2 * 512), gemma2.Bytes(8192, chunk: 512));
        Assert.Equal(3 * gemma2.Bytes(8192), gemma2.Bytes(8192, sequences: 3));

        var mistral = KvGeometry.Of(ModelCatalog.Find("mistral-7b").Config);
        Assert.Equal(mistral.Bytes(4096), mistral.Bytes(32768));
    }

    [Fact]
    public void The_type_of_the_cache_decides_with_its_blocks()
    {
        var llama = KvGeometry.Of(ModelCatalog.Find("llama-3.1-8b").Config);
        Assert.Equal(2 * 131_072, llama.BytesPerToken(DType.F32));
        Assert.Equal(131_072 / 2 * 34 / 32, llama.BytesPerToken(DType.Q8_0));

        var error = Assert.Throws<BantamException>(() => KvGeometry.Of(ModelCatalog.Find("stories260k").Config).BytesPerToken(DType.Q8_K));
        Assert.Equal("BT2002", error.Code);
    }

    [Theory]
    [MemberData(nameof(HuggingFaceConfigTests.Families), MemberType = typeof(HuggingFaceConfigTests))]
    public void A_header_alone_gives_the_same_bytes_per_token_as_the_configuration(string family)
    {
        var config = ConfigFixtures.Read(ConfigFixtures.Bare(family)) with { NumKeyValueHeads = family is "gpt2" or "distilbert" ? 4 : 8 };
        var header = Architectures.Of(config).Layout(config).Select(t => (t.Name, DType.F16, t.Shape));

        // Nothing in an encoder's header says that it keeps no cache.
        Assert.Equal(family == "distilbert" ? null : KvGeometry.Of(config).BytesPerToken(), Footprint.Of(header).KvBytesPerToken());
    }

    [Theory]
    [InlineData("GGUF", "blk.0.attn_k.weight 32x64 F16; blk.0.attn_v.weight 32x64 Q8_0; blk.1.attn_k.weight 16x64 F16; blk.1.attn_v.weight 16x64 F16", 192L)]
    [InlineData("GGUF, stacked", "blk.0.attn_qkv.weight 128x64 F16; blk.0.attn_output.weight 64x64 F16", 128L)]
    [InlineData("a layer without keys (hybrid)", "blk.0.attn_k.weight 32x64 F16; blk.0.attn_v.weight 32x64 F16; blk.1.ssm_in.weight 32x64 F16", null)]
    [InlineData("low-rank keys (MLA)", "model.layers.0.self_attn.kv_a_proj_with_mqa.weight 32x64 BF16; model.layers.0.self_attn.o_proj.weight 64x64 BF16", null)]
    [InlineData("a second stack (images)", "model.layers.0.self_attn.k_proj.weight 32x64 F16; model.layers.0.self_attn.v_proj.weight 32x64 F16; vision.layers.0.self_attn.k_proj.weight 32x64 F16", null)]
    [InlineData("an encoder in GGUF", "blk.0.attn_k.weight 32x64 F16; blk.0.attn_v.weight 32x64 F16; blk.0.attn_output_norm.weight 64 F32", null)]
    [InlineData("packed in bytes (bitsandbytes 4-bit)", "model.layers.0.self_attn.k_proj.weight 1024x1 U8; model.layers.0.self_attn.v_proj.weight 1024x1 U8", null)]
    [InlineData("packed along rows (GPTQ)", "model.layers.0.self_attn.k_proj.qweight 8x32 I32; model.layers.0.self_attn.v_proj.qweight 8x32 I32", null)]
    [InlineData("packed along columns (MLX)", "model.layers.0.self_attn.k_proj.weight 32x8 U32; model.layers.0.self_attn.v_proj.weight 32x8 U32", 128L)]
    [InlineData("no layers", "embed.weight 32x8 F16", null)]
    [InlineData("absurd widths", "blk.0.attn_k.weight 4611686018427387903x2 I8; blk.0.attn_v.weight 4x2 F16", null)]
    public void What_a_header_does_not_settle_is_unknown(string why, string header, long? bytes)
    {
        Assert.NotEmpty(why);
        List<(string, DType, Shape)> tensors = [];
        foreach (var entry in header.Split("; "))
        {
            var words = entry.Split(' ');
            Assert.True(DType.TryParse(words[2], out var type));
            tensors.Add((words[0], type, new Shape([.. words[1].Split('x').Select(long.Parse)])));
        }
        Assert.Equal(bytes, KvFromHeader.Read(tensors)?.BytesPerToken());
    }
}
