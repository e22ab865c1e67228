using Bantam.Checkpoints;
using Bantam.Formats.Safetensors;
using Bantam.Tensors;
using Bantam.Tests.Formats;
using Bantam.Tests.Models;

namespace Bantam.Tests.Checkpoints;

/// <summary>What the other container's keys cannot say is not written without it: the file would be another model.</summary>
public sealed class ExportRefusalTests
{
    public static TheoryData<string, string> Sources => new()
    {
        { "\"rope_scaling\": { \"rope_type\": \"llama3\", \"factor\": 8.0, \"low_freq_factor\": 1.0, \"high_freq_factor\": 4.0, \"original_max_position_embeddings\": 32 }", "BT2106" },
        { "\"partial_rotary_factor\": 0.5", "BT2106" },
        { "\"hidden_act\": \"gelu\"", "BT2106" },
        { "\"num_hidden_layers\": 1", "BT2105" },
        { "\"intermediate_size\": 8", "BT2104" },
    };

    [Theory]
    [MemberData(nameof(Sources))]
    public void A_model_that_would_become_another_is_not_exported(string field, string code)
    {
        using var folder = new ScratchFolder();
        using var checkpoint = Checkpoint.Open(Directory(folder, field));
        Assert.Equal(code, Assert.ThrowsAny<BantamException>(() => GgufExport.PredictBytes(checkpoint, (_, t) => t.DType)).Code);
        Assert.Equal(code, Assert.ThrowsAny<BantamException>(() => GgufExport.Write(folder.File("out.gguf"), checkpoint, (_, t) => t.DType)).Code);
        Assert.Equal(code, Assert.ThrowsAny<BantamException>(() => HuggingFaceExport.Write(folder.File("out"), checkpoint, DType.F32)).Code);
        Assert.False(File.Exists(folder.File("out.gguf")) || System.IO.Directory.Exists(folder.File("out")));
    }

    [Fact]
    public void A_gguf_file_keeps_in_gguf_what_it_says_of_positions()
    {
        using var folder = new ScratchFolder();
        using (var plain = Checkpoint.Open(Directory(folder, "\"vocab_size\": 11")))
            GgufExport.Write(folder.File("plain.gguf"), plain, (_, t) => t.DType);
        using var scaled = Checkpoint.Open(folder.File("plain.gguf"));
        scaled.Metadata!["llama.rope.scaling.type"] = "linear";
        GgufExport.Write(folder.File("scaled.gguf"), scaled, (_, t) => t.DType);
        using var again = Checkpoint.Open(folder.File("scaled.gguf"));
        Assert.Equal("linear", again.Config.RopeScaling);
        GgufExport.Write(folder.File("again.gguf"), again, (_, t) => t.DType);
        Assert.Equal(File.ReadAllBytes(folder.File("scaled.gguf")), File.ReadAllBytes(folder.File("again.gguf")));
        Assert.Equal("BT2106", Assert.Throws<BantamException>(() => HuggingFaceExport.Write(folder.File("out"), again, DType.F32)).Code);
    }

    // A tiny Llama as a Hugging Face directory; the field comes last and takes the place of one that is there.
    private static string Directory(ScratchFolder folder, string field)
    {
        var c = TinyLlama.Narrow;
        var fields = new Dictionary<string, string>
        {
            ["model_type"] = "\"llama\"",
            ["hidden_size"] = $"{c.HiddenSize}",
            ["num_hidden_layers"] = $"{c.NumHiddenLayers}",
            ["num_attention_heads"] = $"{c.NumAttentionHeads}",
            ["num_key_value_heads"] = $"{c.NumKeyValueHeads}",
            ["head_dim"] = $"{c.HeadDim}",
            ["intermediate_size"] = $"{c.IntermediateSize}",
            ["vocab_size"] = $"{c.VocabSize}",
            ["tie_word_embeddings"] = "true",
        };
        var colon = field.IndexOf(':');
        fields[field[1..(colon - 1)]] = field[(colon + 1)..];
        var path = folder.File("source");
        System.IO.Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, "config.json"), $"{{{string.Join(", ", fields.Select(f => $"\"{f.Key}\": {f.Value}"))}}}");
        SafetensorsWriter.Write(Path.Combine(path, "model.safetensors"), [.. TinyLlama.Weights(c, DType.F32).All.Select(t => SafetensorsEntry.Of(t.Key, t.Value))]);
        return path;
    }
}
