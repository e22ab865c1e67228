using Bantam.Checkpoints;
using Bantam.Formats.Safetensors;
using Bantam.Tensors;
using Bantam.Tests.Formats;
using Bantam.Tests.Models;

namespace Bantam.Tests.Checkpoints;

/// <summary>What the other container's keys cannot say is not written without it: the file would be another model.</summary>
public sealed class ExportRefusalTests
{
    // The field, what a GGUF file says to it, and what a directory; null where it can hold it.
    public static TheoryData<string, string?, string?> Sources => new()
    {
        { "\"rope_scaling\": { \"rope_type\": \"dynamic\", \"factor\": 8.0 }", "BT2109", null },
        { "\"rope_scaling\": { \"rope_type\": \"yarn\", \"factor\": 8.0, \"truncate\": false }", "BT2109", null },
        { "\"rope_scaling\": { \"rope_type\": \"llama3\", \"factor\": 8.0, \"low_freq_factor\": 1.0, \"high_freq_factor\": 4.0, \"original_max_position_embeddings\": 32 }", null, null },
        { "\"hidden_act\": \"gelu\"", "BT2109", null },
        { "\"num_hidden_layers\": 1", "BT2105", "BT2105" },
        { "\"num_hidden_layers\": 5", "BT2103", "BT2103" },
        { "\"intermediate_size\": 8", "BT2104", "BT2104" },
    };

    [Theory]
    [MemberData(nameof(Sources))]
    public void A_model_that_would_become_another_is_not_exported(string field, string? gguf, string? directory)
    {
        using var folder = new ScratchFolder();
        using var checkpoint = Checkpoint.Open(Directory(folder, field));
        Assert.Equal(gguf, Code(() => GgufExport.PredictBytes(checkpoint, (_, t) => t.DType)));
        Assert.Equal(gguf, Code(() => GgufExport.Write(folder.File("out.gguf"), checkpoint, (_, t) => t.DType)));
        Assert.Equal(directory, Code(() => HuggingFaceExport.Write(folder.File("out"), checkpoint, DType.F32)));
        Assert.Equal((gguf is null, directory is null), (File.Exists(folder.File("out.gguf")), System.IO.Directory.Exists(folder.File("out"))));
    }

    private static string? Code(Func<object> export)
    {
        try
        {
            _ = export();
            return null;
        }
        catch (BantamException e)
        {
            Assert.DoesNotContain('\n', e.Message);
            return e.Code;
        }
    }

    [Fact]
    public void A_gguf_file_keeps_in_gguf_what_it_says_of_positions()
    {
        using var folder = new ScratchFolder();
        using (var plain = Checkpoint.Open(Directory(folder, "\"vocab_size\": 11")))
            GgufExport.Write(folder.File("plain.gguf"), plain, (_, t) => t.DType);
        using var scaled = Checkpoint.Open(folder.File("plain.gguf"));
        scaled.Metadata!["llama.rope.scaling.type"] = "linear";
        scaled.Metadata["llama.rope.scaling.factor"] = 2f;
        GgufExport.Write(folder.File("scaled.gguf"), scaled, (_, t) => t.DType);
        using var again = Checkpoint.Open(folder.File("scaled.gguf"));
        Assert.Equal(("linear", 2f), (again.Config.RopeScaling, again.Config.RopeScalingFactor));
        GgufExport.Write(folder.File("again.gguf"), again, (_, t) => t.DType);
        Assert.Equal(File.ReadAllBytes(folder.File("scaled.gguf")), File.ReadAllBytes(folder.File("again.gguf")));
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
