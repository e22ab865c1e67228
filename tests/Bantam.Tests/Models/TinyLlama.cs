using Bantam.Kernels.Quant;
using Bantam.Models;
using Bantam.Nn;
using Bantam.Ops;
using Bantam.Tensors;

namespace Bantam.Tests.Models;

/// <summary>Random Llama checkpoints of awkward small shapes, the same for a seed in every format.</summary>
internal static unsafe class TinyLlama
{
    /// <summary>Rows of 256 and 512, so that every block format fits; grouped-query attention; head_dim ≠ C / H.</summary>
    public static ModelConfig Wide { get; } = new()
    {
        Architecture = "llama",
        HiddenSize = 256,
        NumHiddenLayers = 2,
        NumAttentionHeads = 8,
        NumKeyValueHeads = 2,
        HeadDim = 64,
        IntermediateSize = 512,
        VocabSize = 97,
        MaxPositionEmbeddings = 128,
        RopePairing = RopePairing.Interleaved,
    };

    /// <summary>Small enough for finite differences over every weight.</summary>
    public static ModelConfig Narrow { get; } = new()
    {
        Architecture = "llama",
        HiddenSize = 12,
        NumHiddenLayers = 2,
        NumAttentionHeads = 4,
        NumKeyValueHeads = 2,
        HeadDim = 4,
        IntermediateSize = 10,
        VocabSize = 11,
        MaxPositionEmbeddings = 16,
        TieWordEmbeddings = true,
    };

    /// <summary>Random weights: matrices in <paramref name="matrices"/> (or F64), vectors in F32 (or F64).</summary>
    public static Weights Weights(ModelConfig config, DType matrices, int seed = 1)
    {
        var random = new Random(seed);
        var tensors = new Dictionary<string, Tensor>();
        foreach (var (name, shape, _) in DecoderLayout.Tensors(config))
        {
            var vector = shape.Rank == 1;
            // Gains around one; matrices scaled so that logits spread by a few units and attention is peaked.
            var values = new float[shape.Count];
            for (var i = 0; i < values.Length; i++)
                values[i] = vector ? 1 + (0.3f * Gaussian(random)) : Gaussian(random) * 1.5f / MathF.Sqrt(shape.Columns);
            tensors[name] = Store(values, vector && matrices != DType.F64 ? DType.F32 : matrices, shape);
        }
        return new Weights("tiny", tensors);
    }

    public static Tensor Store(ReadOnlySpan<float> values, DType type, Shape shape)
    {
        var tensor = new NativeStorage(type.Bytes(shape.Count)).View(type, shape);
        if (type == DType.F64)
        {
            for (var i = 0; i < values.Length; i++) ((double*)tensor.Data)[i] = values[i];
            return tensor;
        }
        fixed (float* x = values) BlockFormats.Of(type).Quantize(x, tensor.Data, values.Length);
        return tensor;
    }

    public static float Gaussian(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
