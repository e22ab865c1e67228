using Bantam.Models;
using Bantam.Nn;
using Bantam.Tensors;

namespace Bantam.Tests.Models;

/// <summary>
/// stories260K with every row 256 wide, so that super-blocks of 256 fit, computing the same function: the residual stream,
/// the heads and with them the input of every linear are repeated four times, and the feed-forward width is padded with
/// zeros from 172 to 256.
/// </summary>
/// <remarks>
/// A stream [x x x x] has the mean square of x, so norms stay what they are. A linear that reads four copies has a quarter
/// of W in front of each (a power of two: exact); one that writes four copies repeats its rows. Query heads 8t to 8t + 7
/// share the key heads 4t to 4t + 3 as the first eight share the first four. The embedding, which is the head as well,
/// keeps its values for the sake of the stream; the head's quarter goes into the last norm.
/// </remarks>
internal static class WidenedStories
{
    private const int Copies = 4;
    private const int Inner = 256;

    private static readonly Lazy<Weights> Widened = new(() => new("widened", Stories.Weights.All.ToDictionary(t => t.Key, t => Widen(t.Key, t.Value))));

    public static ModelConfig Config => Stories.Config with
    {
        HiddenSize = Copies * Stories.Config.HiddenSize,
        NumAttentionHeads = Copies * Stories.Config.NumAttentionHeads,
        NumKeyValueHeads = Copies * Stories.Config.NumKeyValueHeads,
        IntermediateSize = Inner,
    };

    public static Weights Weights => new(Widened.Value.Source, Widened.Value.All);

    /// <summary>The donor with all matrices in one format; F16 where the rows do not divide.</summary>
    public static Llama Model(DType format) => new(Config, InFormat(Weights, format));

    public static Weights InFormat(Weights weights, DType format) => weights.With(weights.All
        .Where(t => t.Value.Shape.Rank == 2)
        .ToDictionary(t => t.Key, t => TinyLlama.Store(t.Value.AsSpan<float>(), t.Value.Shape.Columns % format.BlockSize == 0 ? format : DType.F16, t.Value.Shape)));

    private static Tensor Widen(string name, Tensor tensor)
    {
        var module = name.Split('.')[^2];
        var (rows, columns) = module switch
        {
            "gate_proj" or "up_proj" => (1, Copies),
            "down_proj" => (Copies, 1),
            "embed_tokens" => (1, Copies),
            "q_proj" or "k_proj" or "v_proj" or "o_proj" => (Copies, Copies),
            _ => (1, Copies), // norms
        };
        var factor = module is "embed_tokens" or "down_proj" or "input_layernorm" or "post_attention_layernorm" ? 1f : 1f / Copies;
        var (tall, wide) = (rows * tensor.Shape.Rows, columns * tensor.Shape.Columns);
        if (module is "gate_proj" or "up_proj") tall = Inner;
        if (module is "down_proj") wide = Inner;

        var values = new float[tall * wide];
        for (long r = 0; r < rows * tensor.Shape.Rows; r++)
            for (long c = 0; c < columns * tensor.Shape.Columns; c++)
                values[(r * wide) + c] = factor * tensor.RowSpan<float>(r % tensor.Shape.Rows)[(int)(c % tensor.Shape.Columns)];
        return TinyLlama.Store(values, DType.F32, tensor.Shape.Rank == 1 ? new Shape(wide) : new Shape(tall, wide));
    }
}
