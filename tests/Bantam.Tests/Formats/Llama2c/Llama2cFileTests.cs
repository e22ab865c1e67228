using System.Text;
using Bantam.Formats.Llama2c;

namespace Bantam.Tests.Formats.Llama2c;

public sealed class Llama2cFileTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_value_of_the_file_appears_once_under_its_path(bool tied)
    {
        const int C = Llama2cBytes.C, F = Llama2cBytes.F, V = Llama2cBytes.V;
        using var folder = new ScratchFolder();
        using var file = Llama2cFile.Open(folder.Write("model.bin", Llama2cBytes.Checkpoint(tied)));

        // The n-th value is n, so a view's first value says where it begins.
        var starts = file.Tensors.Select(t => (t.Key, First: (int)t.Value.AsSpan<float>()[0], t.Value.Shape.Count)).OrderBy(t => t.First).ToList();
        Assert.Equal("model.embed_tokens.weight", starts[0].Key);
        Assert.Equal(0, starts[0].First);
        Assert.Equal(["model.layers.0.input_layernorm.weight", "model.layers.1.input_layernorm.weight", "model.layers.0.self_attn.q_proj.weight"], starts[1..4].Select(s => s.Key));
        Assert.Equal(["gate", "gate", "down", "down", "up", "up"], starts.Where(s => s.Key.Contains(".mlp.")).Select(s => s.Key.Split('.')[4][..^5]));
        var tables = Llama2cBytes.T * C / Llama2cBytes.H;
        for (var i = 1; i < starts.Count; i++)
        {
            var gap = starts[i].Key == "lm_head.weight" ? tables : 0;
            Assert.Equal(starts[i - 1].First + starts[i - 1].Count + gap, starts[i].First);
        }
        Assert.Equal(file.Header.ValueCount, starts[^1].First + starts[^1].Count + (tied ? tables : 0));
        Assert.Equal($"F32[{F}, {C}]", file.Tensors["model.layers.1.mlp.up_proj.weight"].ToString());
        Assert.Equal($"F32[{C}, {F}]", file.Tensors["model.layers.1.mlp.down_proj.weight"].ToString());
        Assert.Equal($"F32[{C / 2}, {C}]", file.Tensors["model.layers.1.self_attn.k_proj.weight"].ToString());
        Assert.Equal(!tied, file.Tensors.ContainsKey("lm_head.weight"));
        Assert.Equal(V, file.Header.VocabSize);
    }

    [Fact]
    public void Stories260K_opens_with_the_shapes_it_was_trained_with()
    {
        using var file = Llama2cFile.Open(SharedData.Path("weights", "stories260K", "stories260K.bin"));
        Assert.Equal(new Llama2cHeader(64, 172, 5, 8, 4, 512, 512, TiedHead: true), file.Header);
        Assert.Equal(260_032, file.Tensors.Values.Sum(t => t.Shape.Count));
        Assert.Equal(2 + (5 * 9), file.Tensors.Count);
        Assert.Equal("F32[512, 64]", file.Tensors["model.embed_tokens.weight"].ToString());
        Assert.Equal("F32[32, 64]", file.Tensors["model.layers.4.self_attn.k_proj.weight"].ToString());
        Assert.Equal("F32[172, 64]", file.Tensors["model.layers.4.mlp.gate_proj.weight"].ToString());
        Assert.Equal("F32[64]", file.Tensors["model.norm.weight"].ToString());
        // Trained norms scatter around one; a wrong offset lands among projections around zero.
        var norms = file.Tensors.Where(t => t.Key.EndsWith("norm.weight", StringComparison.Ordinal)).ToList();
        Assert.Equal(11, norms.Count);
        Assert.All(norms, t => Assert.InRange(t.Value.AsSpan<float>().ToArray().Average(), 0.3, 8));
    }

    [Theory]
    [InlineData("weights/stories260K/tok512.bin", 512, 7, " t")]
    [InlineData("tokenizers/llama2/tokenizer.bin", 32000, 27, "  ")]
    public void A_real_vocabulary_is_read_with_and_without_its_size(string path, int tokens, int longest, string firstPair)
    {
        var file = SharedData.Path(path.Split('/'));
        foreach (var size in new int?[] { null, tokens })
        {
            var vocabulary = Llama2cTokenizer.Read(file, size);
            Assert.Equal(tokens, vocabulary.Tokens.Count);
            Assert.Equal(longest, vocabulary.MaxPieceBytes);
            Assert.Equal(longest, vocabulary.Tokens.Max(t => t.Piece.Length));
            Assert.Equal(["<unk>", "\n<s>\n", "\n</s>\n", "<0x00>"], vocabulary.Tokens.Take(4).Select(t => Encoding.UTF8.GetString(t.Piece)));
            Assert.Equal(firstPair, Encoding.UTF8.GetString(vocabulary.Tokens[259].Piece));
        }
    }
}
