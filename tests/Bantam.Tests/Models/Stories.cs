using System.Text.Json;
using Bantam.Execution;
using Bantam.Formats.Llama2c;
using Bantam.Kernels;
using Bantam.Models;
using Bantam.Nn;
using Bantam.Ops;
using Bantam.Tensors;
using Bantam.Tests.Tokenizers;
using Bantam.Tokenizers;

namespace Bantam.Tests.Models;

/// <summary>stories260K: a small model that was really trained, and what an independent script says of it.</summary>
internal static class Stories
{
    private static readonly Lazy<Llama2cFile> Opened = new(() => Llama2cFile.Open(SharedData.Path("weights", "stories260K", "stories260K.bin")));

    public static JsonElement Golden => JsonDocument.Parse(File.ReadAllText(SharedData.Path("weights", "stories260K", "golden.json"))).RootElement;

    public static Tokenizer Tokenizer => TokenizerData.Tokenizer("tok512");

    public static ModelConfig Config
    {
        get
        {
            var header = Opened.Value.Header;
            return new ModelConfig
            {
                Architecture = "llama",
                HiddenSize = header.Dim,
                NumHiddenLayers = header.LayerCount,
                NumAttentionHeads = header.HeadCount,
                NumKeyValueHeads = header.KvHeadCount,
                HeadDim = header.HeadDim,
                IntermediateSize = header.HiddenDim,
                VocabSize = header.VocabSize,
                MaxPositionEmbeddings = header.SequenceLength,
                RopePairing = RopePairing.Interleaved,
                TieWordEmbeddings = header.TiedHead,
                NormEps = 1e-5f,
            };
        }
    }

    public static Weights Weights => new("stories260K.bin", Opened.Value.Tensors);

    public static Llama Model => new(Config, Weights);

    public static int[] Ids(this JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(id => id.GetInt32())];

    /// <summary>Tokens that <paramref name="next"/> picks from the logits, one by one after BOS, until there are <paramref name="count"/> with it.</summary>
    public static int[] Write(CausalLm model, int count, DType cacheType, Func<ReadOnlySpan<float>, int> next)
    {
        using var workers = new Workers(1);
        using var cache = model.NewCache(1, count, cacheType);
        using var pass = new Pass(workers, cache);
        var ids = new List<int> { 1 };
        while (ids.Count < count)
        {
            ids.Add(next(model.Logits(pass, model.Forward(pass, [new Row(ids[^1], ids.Count - 1, WantsLogits: true)])).AsSpan<float>()));
            pass.Reset();
        }
        return [.. ids];
    }

    public static int Greedy(ReadOnlySpan<float> logits)
    {
        var top = 0;
        for (var i = 1; i < logits.Length; i++)
            if (logits[i] > logits[top]) top = i;
        return top;
    }

    /// <summary>Texts in the model's own words, sampled at temperature 1: what it knows best, and what a change shows up on.</summary>
    public static IReadOnlyList<int[]> Sample(CausalLm model, int texts, int length, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, texts).Select(_ => Write(model, length, DType.F32, logits => Draw(logits, random)))];
    }

    private static int Draw(ReadOnlySpan<float> logits, Random random)
    {
        var total = Softmax.LogSumExp(logits);
        var left = random.NextDouble();
        for (var i = 0; i < logits.Length; i++)
            if ((left -= Math.Exp(logits[i] - total)) < 0) return i;
        return logits.Length - 1;
    }
}
