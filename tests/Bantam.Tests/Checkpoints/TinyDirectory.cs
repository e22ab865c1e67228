using Bantam.Formats.Safetensors;
using Bantam.Tensors;
using Bantam.Tests.Formats;

namespace Bantam.Tests.Checkpoints;

/// <summary>A Llama of almost no weights with a vocabulary of any size, as a Hugging Face directory: something that carries a tokenizer.</summary>
internal static class TinyDirectory
{
    /// <summary>Writes configuration and weights, and copies tokenizer files beside them.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="vocabSize">Rows of the embedding.</param>
    /// <param name="files">Names and contents of further files.</param>
    public static string Create(ScratchFolder folder, int vocabSize, params ReadOnlySpan<(string Name, string Text)> files)
    {
        var path = folder.File("source");
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, "config.json"), $$"""
            {"model_type":"llama","hidden_size":4,"num_hidden_layers":1,"num_attention_heads":2,"num_key_value_heads":1,"head_dim":2,
             "intermediate_size":4,"vocab_size":{{vocabSize}},"tie_word_embeddings":true,"bos_token_id":0,"eos_token_id":1}
            """);
        SafetensorsWriter.Write(Path.Combine(path, "model.safetensors"),
        [
            Entry("model.embed_tokens.weight", new Shape(vocabSize, 4)),
            Entry("model.norm.weight", new Shape(4)),
            .. new (string Name, Shape Shape)[]
            {
                ("input_layernorm", new Shape(4)), ("post_attention_layernorm", new Shape(4)),
                ("self_attn.q_proj", new Shape(4, 4)), ("self_attn.k_proj", new Shape(2, 4)), ("self_attn.v_proj", new Shape(2, 4)), ("self_attn.o_proj", new Shape(4, 4)),
                ("mlp.gate_proj", new Shape(4, 4)), ("mlp.up_proj", new Shape(4, 4)), ("mlp.down_proj", new Shape(4, 4)),
            }.Select(t => Entry($"model.layers.0.{t.Name}.weight", t.Shape)),
        ]);
        foreach (var (name, text) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(path, name))!);
            File.WriteAllText(Path.Combine(path, name), text);
        }
        return path;
    }

    /// <summary>The text of a file of the shared data.</summary>
    public static (string Name, string Text) Shared(string name, params ReadOnlySpan<string> path) => (name, File.ReadAllText(SharedData.Path(path)));

    private static SafetensorsEntry Entry(string name, Shape shape) => new(name, DType.F32, shape, stream => stream.Write(new byte[shape.Count * 4]));
}
