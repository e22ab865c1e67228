using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Inference;
using Bantam.Tensors;
using Bantam.Tests.Formats;

namespace Bantam.Tests.Checkpoints;

/// <summary>The main job on real weights: convert, run, and be the same model in every container.</summary>
public sealed class ContainerTests
{
    [Theory]
    [InlineData("llama2.c")]
    [InlineData("gguf")]
    [InlineData("directory")]
    [InlineData("directory to gguf")]
    public void Two_hundred_greedy_tokens_are_the_golden_ones_from_every_container(string container)
    {
        using var folder = new ScratchFolder();
        using var model = LanguageModel.Load(Convert(container, folder), new LoadOptions { Tokenizer = container == "llama2.c" ? Stories.TokenizerPath : null, Threads = 1 });
        var golden = Stories.Golden;
        foreach (var section in new[] { "greedy_empty_prompt", "greedy_once_upon_a_time" })
        {
            var prompt = model.Tokenizer.Encode(golden.GetProperty(section).GetProperty("prompt").GetString()!);
            Assert.Equal(golden.GetProperty(section).Ids("prompt_ids"), prompt);
            var expected = golden.GetProperty(section).Ids("greedy_ids");
            var options = new GenerationOptions { MaxTokens = expected.Length - prompt.Length, Sampling = SamplingOptions.Greedy };
            Assert.Equal(expected, prompt.Concat(model.GenerateTokens(prompt, options)));
        }
        // The golden text keeps the space before its first word.
        Assert.Equal(
            golden.GetProperty("greedy_empty_prompt").GetProperty("text").GetString()!.TrimStart(),
            string.Concat(model.Generate("", new GenerationOptions { MaxTokens = golden.GetProperty("greedy_empty_prompt").Ids("greedy_ids").Length - 1, Sampling = SamplingOptions.Greedy })));
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
    public void A_tokenizer_that_is_given_takes_the_place_of_the_file_s_own()
    {
        using var folder = new ScratchFolder();
        using (var stories = Checkpoint.Open(Convert("gguf", folder)))
        {
            stories.Metadata!["tokenizer.ggml.merges"] = new[] { "a b" };
            stories.Metadata["tokenizer.ggml.eos_token_id"] = 7u;
            stories.Metadata["tokenizer.ggml.padding_token_id"] = 5000u;
            GgufExport.Write(folder.File("old.gguf"), stories, (_, t) => t.DType);
        }
        using var given = Checkpoint.Open(folder.File("old.gguf"), Stories.TokenizerPath);
        Assert.Equal([2], given.Config.EosTokenIds);
        Assert.Null(given.Vocabulary!.PadId);
        Assert.False(given.Metadata!.Contains("tokenizer.ggml.merges"));
    }

    [Fact]
    public void The_predicted_size_is_the_file_s_length()
    {
        using var folder = new ScratchFolder();
        using var checkpoint = Stories.Open();
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
        var golden = Stories.Golden;
        var ids = golden.GetProperty("teacher_forced").Ids("ids");
        using var output = JsonDocument.Parse(PeerScript.Run("hf_llama.py", Convert("directory", folder), string.Join(',', ids)));
        var nll = output.RootElement.GetProperty("nll").EnumerateArray().Select(e => e.GetDouble()).ToArray();
        var expected = golden.GetProperty("teacher_forced").GetProperty("nll_nats").EnumerateArray().Select(e => e.GetDouble()).ToArray();
        Assert.Equal(expected.Length, nll.Length);
        for (var i = 0; i < nll.Length; i++) Assert.Equal(expected[i], nll[i], 2e-5);
    }

    private static string Convert(string container, ScratchFolder folder)
    {
        if (container == "llama2.c") return Stories.ModelPath;
        using var stories = Stories.Open();
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
