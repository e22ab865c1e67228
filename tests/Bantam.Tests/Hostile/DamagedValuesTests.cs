using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Inference;
using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Tensors;
using Bantam.Tests.Checkpoints;
using Bantam.Tests.Cli;
using Bantam.Tests.Formats;
using Bantam.Tests.Models;

namespace Bantam.Tests.Hostile;

/// <summary>
/// Numbers that are none among the weights or their scales: a file opens, <c>inspect --verify</c> names the tensor, and no
/// token is chosen from what they make of the logits.
/// </summary>
public sealed class DamagedValuesTests
{
    public static TheoryData<string> Formats => [.. BlockFormats.All.Where(f => f.DType.GgmlType >= 0).Select(f => f.DType.Name)];

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_block_of_ones_in_every_bit_is_found_and_gives_no_token(string format)
    {
        Assert.True(DType.TryParse(format, out var type));
        using var folder = new ScratchFolder();
        var path = folder.File("damaged.gguf");
        using (var donor = FamilyCheckpoints.Create(FamilyShapes.Wide["llama"], DType.F32, 1))
            GgufExport.Write(path, donor, (_, t) => t.Shape.Rank == 2 ? type : t.DType);
        Damage(path, "blk.1.ffn_down.weight", type.BlockBytes);

        GivesNoToken(path);
        var verified = await CliRun.Of("inspect", path, "--verify");
        Assert.Equal(1, verified.ExitCode);
        Assert.Contains("first in blk.1.ffn_down.weight", verified.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fbgemm_fp8", float.NaN)]
    [InlineData("fbgemm_fp8", float.PositiveInfinity)]
    [InlineData("fp8, blocks", float.NaN)]
    [InlineData("compressed-tensors, tensor", float.NegativeInfinity)]
    [InlineData("compressed-tensors, channel", float.NaN)]
    public async Task A_scale_that_is_no_number_is_found_and_gives_no_token(string kind, float value)
    {
        using var folder = new ScratchFolder();
        var (tensors, _) = Float8Llama.Tensors(Float8Llama.Kinds[kind]);
        var name = tensors.Keys.First(k => k.StartsWith("model.layers.1.mlp.down_proj.weight_scale", StringComparison.Ordinal));
        tensors[name] = ExactLlama.Store([.. Enumerable.Repeat(value, (int)tensors[name].Shape.Count)], tensors[name].DType, tensors[name].Shape);
        Float8Llama.WriteDirectory(folder.File("model"), Float8Llama.Kinds[kind].Quantization, tensors);

        GivesNoToken(folder.File("model"));
        var verified = await CliRun.Of("inspect", folder.File("model"), "--verify");
        Assert.Equal(1, verified.ExitCode);
        Assert.Contains(name, verified.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(18)]
    public void One_damaged_row_of_a_head_is_enough(int row)
    {
        using var folder = new ScratchFolder();
        var path = folder.File("damaged.gguf");
        using (var donor = FamilyCheckpoints.Create(FamilyShapes.Small["llama"], DType.F32, 1))
            GgufExport.Write(path, donor, (_, t) => t.DType);
        Damage(path, "output.weight", 4, row * 24 * 4);
        GivesNoToken(path);
    }

    private static void GivesNoToken(string path)
    {
        using var checkpoint = Checkpoint.Open(path);
        var model = checkpoint.CreateModel();
        using var workers = new Workers(1);
        foreach (var sampling in new[] { new SamplingOptions { Temperature = 0 }, new SamplingOptions(), new SamplingOptions { TopK = 2 }, new SamplingOptions { TopK = 0, TopP = 0.5f } })
        {
            using var generator = new Generator(model, workers, 8);
            var refusal = Assert.Throws<BantamException>(() => generator.Generate([1], new GenerationOptions { MaxTokens = 1, Sampling = sampling }).ToList());
            Assert.Equal("BT4005", refusal.Code);
        }
    }

    private static void Damage(string path, string tensor, int length, int offset = 0)
    {
        var bytes = File.ReadAllBytes(path);
        Assert.True(GgufHeader.TryRead(bytes, path, bytes.Length, out var header));
        bytes.AsSpan((int)(header.DataOffset + header.Tensors.Single(t => t.Name == tensor).Offset) + offset, length).Fill(0xff);
        File.WriteAllBytes(path, bytes);
    }
}
