using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Inference;
using Bantam.Kernels;
using Bantam.Tensors;
using Bantam.Tests.Formats;

namespace Bantam.Tests.Checkpoints;

/// <summary>The main job on real weights: convert, run, and be the same model in every container.</summary>
public sealed class StoriesTests
{
    [Theory]
    [InlineData("llama2.c")]
    [InlineData("gguf")]
    [InlineData("directory")]
    [InlineData("directory to gguf")]
    public void Two_hundred_greedy_tokens_are_the_golden_ones_from_every_container(string container)
    {
        using var folder = new ScratchFolder();
        using var model = LanguageModel.Load(Convert(container, folder), new LoadOptions { Tokenizer = container == "llama2.c" ? StoriesFile.TokenizerPath : null, Threads = 1 });
        var golden = StoriesFile.Golden();
        foreach (var section in new[] { "greedy_empty_prompt", "greedy_once_upon_a_time" })
        {
            var prompt = model.Tokenizer.Encode(golden.GetProperty(section).GetProperty("prompt").GetString()!);
            Assert.Equal(StoriesFile.Ids(golden, section, "prompt_ids"), prompt);
            var expected = StoriesFile.Ids(golden, section, "greedy_ids");
            var options = new GenerationOptions { MaxTokens = expected.Length - prompt.Length, Sampling = SamplingOptions.Greedy };
            Assert.Equal(expected, prompt.Concat(model.GenerateTokens(prompt, options)));
        }
        Assert.Equal(
            golden.GetProperty("greedy_empty_prompt").GetProperty("text").GetString(),
            string.Concat(model.Generate("", new GenerationOptions { MaxTokens = StoriesFile.Ids(golden, "greedy_empty_prompt", "greedy_ids").Length - 1, Sampling = SamplingOptions.Greedy })));
    }

    [Fact]
    public void First_step_logits_are_the_golden_ones()
    {
        using var checkpoint = StoriesFile.Open();
        using var workers = new Workers(1);
        using var generator = new Generator(checkpoint.CreateModel(), workers, cacheType: DType.F32);
        var logits = generator.Prefill([1]).ToArray();
        foreach (var pair in StoriesFile.Golden().GetProperty("first_step_top5_logits_after_BOS").EnumerateArray())
            Assert.Equal(pair[1].GetDouble(), logits[pair[0].GetInt32()], 1e-4);
    }

    [Fact]
    public void A_round_trip_through_all_containers_changes_no_bit()
    {
        using var folder = new ScratchFolder();
        var gguf = Convert("gguf", folder);
        var back = Convert("directory to gguf", folder);
        using var a = Checkpoint.Open(gguf);
        using var b = Checkpoint.Open(back);
        Assert.Equal(a.Config, b.Config with { EosTokenIds = a.Config.EosTokenIds });
        Assert.Equal(a.Config.EosTokenIds, b.Config.EosTokenIds);
        Assert.Equal(a.Weights.All.Keys.Order(StringComparer.Ordinal), b.Weights.All.Keys.Order(StringComparer.Ordinal));
        foreach (var (path, tensor) in a.Weights.All)
            Assert.Equal(tensor.AsSpan<float>().ToArray(), b.Weights.All[path].AsSpan<float>().ToArray());
        Assert.Equal(a.Vocabulary!.Pieces, b.Vocabulary!.Pieces);
        Assert.Equal(a.Vocabulary.Scores, b.Vocabulary.Scores);
        Assert.Equal(a.Vocabulary.Types, b.Vocabulary.Types);
    }

    [Fact]
    public void The_predicted_size_is_the_file_s_length()
    {
        using var folder = new ScratchFolder();
        using var checkpoint = StoriesFile.Open();
        foreach (var type in new[] { DType.F32, DType.F16, DType.Q8_0 })
        {
            DType TypeOf(string path, Tensor tensor) => tensor.Shape.Rank == 1 ? DType.F32 : tensor.Shape.Columns % type.BlockSize == 0 ? type : DType.F16;
            var path = folder.File($"{type}.gguf");
            GgufExport.Write(path, checkpoint, TypeOf);
            Assert.Equal(new FileInfo(path).Length, GgufExport.PredictBytes(checkpoint, TypeOf));
        }
    }

    [Fact]
    public void An_independent_implementation_reads_the_directory_and_agrees()
    {
        using var folder = new ScratchFolder();
        var golden = StoriesFile.Golden();
        var ids = StoriesFile.Ids(golden, "teacher_forced", "ids");
        using var output = JsonDocument.Parse(PeerScript.Run("hf_llama.py", Convert("directory", folder), string.Join(',', ids)));
        var nll = output.RootElement.GetProperty("nll").EnumerateArray().Select(e => e.GetDouble()).ToArray();
        var expected = golden.GetProperty("teacher_forced").GetProperty("nll_nats").EnumerateArray().Select(e => e.GetDouble()).ToArray();
        Assert.Equal(expected.Length, nll.Length);
        for (var i = 0; i < nll.Length; i++) Assert.Equal(expected[i], nll[i], 2e-5);
    }

    private static string Convert(string container, ScratchFolder folder)
    {
        if (container == "llama2.c") return StoriesFile.ModelPath;
        using var stories = StoriesFile.Open();
        if (container == "gguf")
        {
            GgufExport.Write(folder.File("stories.gguf"), stories, (_, t) => t.DType);
            return folder.File("stories.gguf");
        }
        HuggingFaceExport.Write(folder.File("stories"), stories, DType.F32);
        if (container == "directory") return folder.File("stories");
        using var directory = Checkpoint.Open(folder.File("stories"));
        GgufExport.Write(folder.File("back.gguf"), directory, (_, t) => t.DType);
        return folder.File("back.gguf");
    }
}
