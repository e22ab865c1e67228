using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Formats.Safetensors;
using Bantam.Tensors;
using Bantam.Tests.Formats;
using Bantam.Tests.Models;

namespace Bantam.Tests.Hostile;

/// <summary>Sound configurations whose tensors are not those that they imply, in both containers.</summary>
public sealed class FamilyWeightsHostileTests
{
    // The family, a tensor's name in a directory and in a GGUF file (null: not that way), what becomes of it, the code.
    public static TheoryData<string, string?, string?, string, string> Changes => new()
    {
        { "gpt2", "transformer.h.1.attn.c_attn.weight", null, "F32 192,64", "BT2104" }, // the other way round
        { "gpt2", null, "blk.1.attn_qkv.weight", "F32 64,192", "BT2104" },
        { "gpt2", "transformer.h.1.attn.c_attn.bias", "blk.1.attn_qkv.bias", "F32 191", "BT2104" },
        { "gpt2", "transformer.wpe.weight", "position_embd.weight", "F32 63,64", "BT2104" },
        { "qwen2", "model.layers.1.self_attn.k_proj.bias", "blk.1.attn_k.bias", "F32 64", "BT2104" },
        { "qwen2", "model.layers.1.self_attn.q_proj.bias", "blk.1.attn_q.bias", "F32 64,1", "BT2104" },
        { "qwen2", "model.layers.1.self_attn.v_proj.bias", "blk.1.attn_v.bias", "missing", "BT2103" },
        { "phi3", "model.layers.0.self_attn.qkv_proj.weight", "blk.0.attn_qkv.weight", "F32 64,64", "BT2104" },
        { "phi3", "model.layers.0.mlp.gate_up_proj.weight", "blk.0.ffn_up.weight", "F32 16,64", "BT2104" },
        { "llama", "model.layers.2.input_layernorm.weight", "blk.2.attn_norm.weight", "F32 25", "BT2104" },
        { "llama", "model.layers.2.self_attn.o_proj.weight", "blk.2.attn_output.weight", "I32 24,64", "BT2101" },
        { "llama", "model.norm.weight", "output_norm.weight", "I8 24", "BT2101" },
        { "llama", "model.embed_tokens.weight", "token_embd.weight", "F32 18,24", "BT2104" },
        { "qwen3", "model.layers.0.self_attn.q_norm.weight", "blk.0.attn_q_norm.weight", "F32 64", "BT2104" },
        { "gemma2", "model.layers.1.post_feedforward_layernorm.weight", "blk.1.post_ffw_norm.weight", "missing", "BT2103" },
        { "mixtral", "model.layers.1.block_sparse_moe.experts.2.w1.weight", null, "missing", "BT2103" },
        { "mixtral", "model.layers.1.block_sparse_moe.experts.2.w2.weight", null, "F32 24,15", "BT2104" },
        { "mixtral", "model.layers.1.block_sparse_moe.gate.weight", "blk.1.ffn_gate_inp.weight", "F32 4,24", "BT2104" },
        { "mixtral", null, "blk.1.ffn_gate_exps.weight", "missing", "BT2103" },
        { "mixtral", null, "blk.1.ffn_gate_exps.weight", "F32 4,16,24", "BT1036" },
        { "mixtral", null, "blk.1.ffn_gate_exps.weight", "F32 6,16,24", "BT1036" },
        { "mixtral", null, "blk.1.ffn_gate_exps.weight", "F32 5,24,16", "BT2104" },
        { "mixtral", null, "blk.1.ffn_gate_exps.weight", "F32 80,24", "BT2103" },
        { "mixtral", null, "blk.1.ffn_gate_exps.weight", "F32 1,5,16,24", "BT2103" },
        { "qwen3_moe", "model.layers.1.mlp.gate.weight", "blk.1.ffn_gate_inp.weight", "missing", "BT2103" },
        { "qwen3_moe", "model.layers.1.mlp.experts.4.down_proj.weight", "blk.1.ffn_down_exps.weight", "missing", "BT2103" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_tensor_that_the_configuration_does_not_imply_is_refused(string family, string? inDirectory, string? inGguf, string change, string code)
    {
        using var folder = new ScratchFolder();
        if (inDirectory is not null) Refuses(WriteDirectory(folder, family, inDirectory, change), "model", code, inDirectory);
        if (inGguf is not null) Refuses(WriteGguf(folder, family, inGguf, change), "model.gguf", code, inGguf);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("mixtral")]
    [InlineData("gpt2")]
    public void A_tensor_too_many_is_named_without_its_control_characters(string family)
    {
        const string Name = "\u001b[2Jx\nblk";
        using var folder = new ScratchFolder();
        Refuses(WriteDirectory(folder, family, Name, "F32 2"), "model", "BT2105", "");
        Refuses(WriteGguf(folder, family, Name, "F32 2"), "model.gguf", "BT2105", "");
        using var checkpoint = Checkpoint.Open(folder.File("model"));
        Refusal.OfModel("BT2105", "model", () => GgufExport.PredictBytes(checkpoint, (_, t) => t.DType));
    }

    // The line names the tensor, by the last part that both containers share or by its number.
    private static void Refuses(string path, string file, string code, string tensor)
    {
        var refusal = Refusal.OfModel(code, file, () =>
        {
            using var checkpoint = Checkpoint.Open(path);
            _ = checkpoint.CreateModel();
        });
        var layer = tensor.Split('.').FirstOrDefault(part => part.Length == 1);
        Assert.Contains(layer is null ? "'" : $".{layer}.", refusal.Message, StringComparison.Ordinal);
    }

    private static string WriteDirectory(ScratchFolder folder, string family, string name, string change)
    {
        var path = folder.File("model");
        using var donor = FamilyCheckpoints.Create(FamilyShapes.Small[family], DType.F32, 1);
        HuggingFaceExport.Write(path, donor, DType.F32);
        Assert.True(donor.Weights.Has(name) || char.IsControl(name[0]), name);
        SafetensorsWriter.Write(
            Path.Combine(path, "model.safetensors"),
            [
                .. donor.Weights.All.Where(t => t.Key != name).Select(t => SafetensorsEntry.Of(t.Key, t.Value)),
                .. Changed(change) is var (type, shape) ? [new SafetensorsEntry(name, type, shape, stream => stream.Write(new byte[type.Bytes(shape.Count)]))] : Array.Empty<SafetensorsEntry>(),
            ]);
        return path;
    }

    private static string WriteGguf(ScratchFolder folder, string family, string name, string change)
    {
        var (path, changed) = (folder.File("whole.gguf"), folder.File("model.gguf"));
        using (var donor = FamilyCheckpoints.Create(FamilyShapes.Small[family], DType.F32, 1))
            GgufExport.Write(path, donor, (_, t) => t.DType);
        using var file = GgufFile.Open(path);
        Assert.True(file.Tensors.Any(t => t.Name == name) || char.IsControl(name[0]), name);
        GgufWriter.Write(
            changed,
            file.Metadata,
            [
                .. file.Tensors.Where(t => t.Name != name).Select(t => GgufTensorSource.From(t.Name, file.Tensor(t.Name))),
                .. Changed(change) is var (type, shape) ? [new GgufTensorSource(name, type, shape, stream => stream.Write(new byte[type.Bytes(shape.Count)]))] : Array.Empty<GgufTensorSource>(),
            ]);
        return changed;
    }

    private static (DType Type, Shape Shape)? Changed(string change)
    {
        if (change.Split(' ') is not [var name, var dims]) return null;
        Assert.True(DType.TryParse(name, out var type));
        return (type, new Shape([.. dims.Split(',').Select(long.Parse)]));
    }
}
