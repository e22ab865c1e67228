using Bantam.Formats.HuggingFace;
using Bantam.Formats.Safetensors;
using Bantam.Tests.Formats.Safetensors;

namespace Bantam.Tests.Formats.HuggingFace;

public sealed class HuggingFaceDirectoryTests
{
    [Fact]
    public void A_directory_shows_its_configuration_weights_and_tokenizer_files()
    {
        using var folder = new ScratchFolder();
        folder.Write("config.json", """{"model_type":"llama"}""");
        folder.Write("generation_config.json", """{"temperature":0.6}""");
        folder.Write("model.safetensors", SafetensorsBytes.Minimal);
        folder.Write("tokenizer.json", "{}");
        folder.Write("chat_template.jinja", "{{ messages }}");
        using var model = HuggingFaceDirectory.Open(folder.Path);
        Assert.Equal("llama", model.Config.GetProperty("model_type").GetString());
        Assert.Equal(0.6, model.GenerationConfig!.Value.GetProperty("temperature").GetDouble());
        Assert.Equal(["a", "b"], model.Tensors.Keys);
        Assert.Equal("pt", Assert.Single(model.WeightFiles).Metadata["format"]);
        Assert.Equal(folder.File("tokenizer.json"), model.TokenizerJson);
        Assert.Equal(folder.File("chat_template.jinja"), model.FindFile("chat_template.jinja"));
        Assert.Null(model.TokenizerModel);
        Assert.Null(model.TokenizerConfig);
        Assert.Null(model.SpecialTokensMap);
    }

    [Fact]
    public void Shards_appear_as_one_set()
    {
        using var folder = new ScratchFolder();
        folder.Write("config.json", "{}");
        using var storage = SafetensorsFileTests.Noise(8);
        var tensor = SafetensorsEntry.Of("a", storage.View(Bantam.Tensors.DType.F32, new Bantam.Tensors.Shape(2)));
        ShardedSafetensorsWriter.Write(folder.Path, [tensor, tensor with { Name = "b" }], maxShardBytes: 8);
        using var model = HuggingFaceDirectory.Open(folder.Path);
        Assert.Equal(["a", "b"], model.Tensors.Keys);
        Assert.Equal(2, model.WeightFiles.Count);
    }

    [Fact]
    public void One_file_goes_before_an_index()
    {
        using var folder = new ScratchFolder();
        folder.Write("config.json", "{}");
        folder.Write("model.safetensors", SafetensorsBytes.Minimal);
        folder.Write(SafetensorsIndex.FileName, """{"weight_map":{"gone":"gone.safetensors"}}""");
        using var model = HuggingFaceDirectory.Open(folder.Path);
        Assert.Equal(["a", "b"], model.Tensors.Keys);
    }

    [Fact]
    public void A_configuration_alone_is_enough_for_sizing()
    {
        using var folder = new ScratchFolder();
        folder.Write("config.json", "\uFEFF{\"hidden_size\":64}");
        foreach (var path in new[] { folder.Path, folder.File("config.json") })
        {
            using var model = HuggingFaceDirectory.Open(path);
            Assert.Equal(64, model.Config.GetProperty("hidden_size").GetInt32());
            Assert.Empty(model.Tensors);
            Assert.Empty(model.WeightFiles);
            Assert.Null(model.GenerationConfig);
        }
    }

    [Fact]
    public void An_index_without_its_shards_can_be_sized_and_not_opened()
    {
        using var folder = new ScratchFolder();
        folder.Write("config.json", "{}");
        folder.Write(SafetensorsIndex.FileName, """{"weight_map":{"a":"model-1.safetensors"}}""");
        using var model = HuggingFaceDirectory.Open(folder.Path, weights: false);
        Assert.Equal(["model-1.safetensors"], model.Index!.Shards);
        Assert.Equal("BT1060", Assert.Throws<ModelFileException>(() => HuggingFaceDirectory.Open(folder.Path)).Code);
    }

    [Fact]
    public void The_bare_words_that_Python_writes_become_strings_and_only_outside_of_strings()
    {
        using var folder = new ScratchFolder();
        folder.Write("config.json", """{"limit":[0.0, Infinity,-Infinity,NaN],"NaN":"a \"Infinity\" \\"}""");
        using var model = HuggingFaceDirectory.Open(folder.Path);
        Assert.Equal(["0.0", "Infinity", "-Infinity", "NaN"], model.Config.GetProperty("limit").EnumerateArray().Select(e => e.ToString()));
        Assert.Equal("a \"Infinity\" \\", model.Config.GetProperty("NaN").GetString());
    }

    [Fact]
    public void Every_published_configuration_is_read()
    {
        var configs = Directory.EnumerateFiles(SharedData.Path("configs"), "config.json", SearchOption.AllDirectories).ToList();
        Assert.True(configs.Count >= 40);
        foreach (var config in configs)
        {
            using var model = HuggingFaceDirectory.Open(Path.GetDirectoryName(config)!, weights: false);
            Assert.True(model.Config.TryGetProperty("model_type", out _) || model.Config.TryGetProperty("architectures", out _), config);
        }
    }
}
