using Bantam.Execution;
using Bantam.Nn;
using Bantam.Tensors;

namespace Bantam.Models;

/// <summary>
/// A model that reads text in one direction and predicts the next token. One forward serves decoding, prefill, batches,
/// training and gradient checks; the head is applied apart, to the rows that want logits.
/// </summary>
public abstract class CausalLm(ModelConfig config) : Module
{
    /// <summary>The hyperparameters.</summary>
    public ModelConfig Config { get; } = Consistency.Check(config);

    /// <summary>
    /// Runs the rows through the model and returns their final hidden states, [T, C], normalised for the head. Where that
    /// fails, the sequences of the rows end before them.
    /// </summary>
    public Tensor Forward(Pass pass, ReadOnlySpan<Row> rows)
    {
        pass.Begin(rows);
        try
        {
            return Hidden(pass);
        }
        catch
        {
            // Positions that were admitted and never stored must not be looked back on.
            pass.Cache.Withdraw(rows);
            throw;
        }
    }

    /// <summary>The final hidden states, [T, C], of the rows that the pass has begun with.</summary>
    protected abstract Tensor Hidden(Pass pass);

    /// <summary>The logits [W, V] of the rows that want them, in their order.</summary>
    public abstract Tensor Logits(Pass pass, Tensor hidden);

    /// <summary>
    /// A cache for <paramref name="sequences"/> texts of up to <paramref name="capacity"/> tokens. Layers with a window keep it
    /// and one <paramref name="chunk"/>, the most rows of a text in one pass; without it they keep everything.
    /// </summary>
    /// <param name="sequences">How many texts at a time.</param>
    /// <param name="capacity">Longest text in tokens.</param>
    /// <param name="type">Type of keys, see <see cref="KvTypes"/>; F16 by default.</param>
    /// <param name="chunk">Most rows of a text in one pass.</param>
    /// <param name="valueType">Type of values; that of keys by default.</param>
    /// <param name="pages">Most pages of <see cref="KvCache.PageSize"/> positions for all texts together.</param>
    /// <exception cref="BantamException">As <see cref="KvCache"/> says.</exception>
    public KvCache NewCache(int sequences, int capacity, DType? type = null, int? chunk = null, DType? valueType = null, int? pages = null) => new(
        Config.NumHiddenLayers, Config.NumKeyValueHeads, Config.HeadDim, sequences, capacity, type ?? DType.F16,
        Config.WindowOfLayer, chunk, valueType ?? type ?? DType.F16, pages);
}
