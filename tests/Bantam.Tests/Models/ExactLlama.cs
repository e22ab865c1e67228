using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Models;
using Bantam.Nn;
using Bantam.Ops;
using Bantam.Tensors;

namespace Bantam.Tests.Models;

/// <summary>
/// Llama checkpoints of awkward small shapes whose weights every machine repeats bit for bit: what llama.cpp computed from
/// them (bench/peers/llama.cpp) can be compared with what Bantam computes.
/// </summary>
internal static unsafe class ExactLlama
{
    /// <summary>
    /// Shapes by name, each with the seed of its compared checkpoints, unless <see cref="Seed"/> knows another for a
    /// format: one with which no activation lies so near a rounding boundary of a quantised format that Bantam and
    /// llama.cpp come down on different sides of it. Then only the order of float additions tells the two apart.
    /// </summary>
    public static IReadOnlyDictionary<string, (ModelConfig Config, ulong Seed)> Shapes { get; } = new Dictionary<string, (ModelConfig, ulong)>
    {
        // Four query heads share a key head; heads are twice as wide as C / H; the head is a matrix of its own.
        ["grouped, untied"] = (new()
        {
            Architecture = "llama",
            HiddenSize = 256,
            NumHiddenLayers = 3,
            NumAttentionHeads = 8,
            NumKeyValueHeads = 2,
            HeadDim = 64,
            IntermediateSize = 512,
            VocabSize = 97,
            MaxPositionEmbeddings = 128,
            NormEps = 1e-5f,
            RopeTheta = 10000f,
            RopePairing = RopePairing.Interleaved,
        }, 16),
        // Every query head has its key head; heads are half as wide as C / H; the head is the embedding.
        ["ungrouped, tied"] = (new()
        {
            Architecture = "llama",
            HiddenSize = 512,
            NumHiddenLayers = 3,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 4,
            HeadDim = 64,
            IntermediateSize = 768,
            VocabSize = 131,
            MaxPositionEmbeddings = 128,
            NormEps = 1e-6f,
            RopeTheta = 500000f,
            RopePairing = RopePairing.Interleaved,
            TieWordEmbeddings = true,
        }, 35),
    };

    // The shapes' own seeds were found for F32, F16, BF16, Q8_0 and Q4_K together; the least that does for each
    // of the others stands here. Formats with sums in half precision have more boundaries, and fewer such seeds.
    private static readonly Dictionary<(string Shape, string Format), ulong> Seeds = new()
    {
        [("grouped, untied", "Q5_1")] = 13,
        [("grouped, untied", "Q5_0")] = 8,
        [("grouped, untied", "Q4_1")] = 33,
        [("grouped, untied", "IQ4_NL")] = 8,
        [("grouped, untied", "MXFP4")] = 3,
        [("grouped, untied", "Q5_K")] = 3,
        [("grouped, untied", "IQ4_XS")] = 3,
        [("grouped, untied", "Q3_K")] = 1,
        [("grouped, untied", "Q2_K")] = 6,
        [("grouped, untied", "Q4_0")] = 1,
        [("grouped, untied", "Q6_K")] = 5,
        [("ungrouped, tied", "Q5_1")] = 65,
        [("ungrouped, tied", "Q5_0")] = 4,
        [("ungrouped, tied", "Q4_1")] = 34,
        [("ungrouped, tied", "IQ4_NL")] = 3,
        [("ungrouped, tied", "MXFP4")] = 2,
        [("ungrouped, tied", "Q5_K")] = 5,
        [("ungrouped, tied", "IQ4_XS")] = 1,
        [("ungrouped, tied", "Q3_K")] = 1,
        [("ungrouped, tied", "Q2_K")] = 1,
    };

    /// <summary>The seed of the compared checkpoint of a shape in a format.</summary>
    public static ulong Seed(string shape, DType format) => Seeds.GetValueOrDefault((shape, format.Name), Shapes[shape].Seed);

    /// <summary>A text of 24 tokens that begins with the first and ends with the last of the vocabulary.</summary>
    public static int[] Text(ModelConfig config)
    {
        var random = new ExactRandom(24);
        return [0, .. Enumerable.Range(0, 22).Select(_ => random.Below(config.VocabSize)), config.VocabSize - 1];
    }

    /// <summary>
    /// The checkpoint under Hugging Face names: matrices in <paramref name="matrices"/>, vectors in F32. The same
    /// numbers, before they are rounded, in every format.
    /// </summary>
    public static Weights Weights(ModelConfig config, DType matrices, ulong seed)
    {
        var random = new ExactRandom(seed);
        var tensors = new Dictionary<string, Tensor>();
        foreach (var (name, shape, _) in DecoderLayout.Tensors(config))
        {
            var values = new float[shape.Count];
            for (var i = 0; i < values.Length; i++)
                values[i] = shape.Rank == 1 ? Gain(name) * (1 + (random.Bell() / 4)) : random.Bell() * Scale(name, shape);
            tensors[name] = Store(values, shape.Rank == 1 ? DType.F32 : matrices, shape);
        }
        return new Weights("exact", tensors);

        // Embeddings as small as real ones, so that ε counts; a tied head then needs a large gain for lively logits.
        float Gain(string name) => name == "model.norm.weight" && config.TieWordEmbeddings ? 4 : 1;

        // Powers of two, so that the products are exact. Attention is peaked, and each layer adds about its input.
        static float Scale(string name, Shape shape) => name switch
        {
            "model.embed_tokens.weight" => 1 / 32f,
            "lm_head.weight" => 1 / 8f,
            _ when name.Contains("_proj", StringComparison.Ordinal) => shape.Columns <= 256 ? 1 / 8f : 1 / 16f,
            _ => throw new ArgumentException($"no scale for {name}", nameof(name)),
        };
    }

    /// <summary>
    /// Logits after each token of <see cref="Text"/>, [T, V], with keys and values in F32. What enters a linear is first
    /// rounded to <paramref name="activations"/> where that is given.
    /// </summary>
    public static float[] Logits(ModelConfig config, Weights weights, DType? activations = null)
    {
        var model = new Llama(config, weights);
        if (activations is { } type) PeerRounding.Apply(model, type);
        var rows = Text(config).Select((token, i) => new Row(token, i, WantsLogits: true)).ToArray();
        using var workers = new Workers(1);
        using var cache = model.NewCache(1, rows.Length, DType.F32);
        using var pass = new Pass(workers, cache);
        var logits = model.Logits(pass, model.Forward(pass, rows));
        return new ReadOnlySpan<float>(logits.Data, (int)logits.Shape.Count).ToArray();
    }

    /// <summary>Rounds <paramref name="values"/> to <paramref name="type"/>.</summary>
    public static Tensor Store(ReadOnlySpan<float> values, DType type, Shape shape)
    {
        var tensor = new NativeStorage(type.Bytes(shape.Count)).View(type, shape);
        fixed (float* x = values) BlockFormats.Of(type).Quantize(x, tensor.Data, values.Length);
        return tensor;
    }
}
