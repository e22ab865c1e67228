using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Sizing;

/// <summary>
/// What a model costs, by arithmetic over its tensors' shapes: from a configuration without any weights, or from the
/// header of a file. Bytes are exact for what Bantam writes; <c>docs/sizing.md</c> has every formula. What a header does
/// not tell is null, which means unknown.
/// </summary>
public sealed class Footprint
{
    private readonly List<TensorSpec>? _tensors;

    private Footprint(List<TensorSpec>? tensors, ModelConfig? config, KvGeometry? kv, long? storedBytes)
    {
        _tensors = tensors;
        Config = config;
        Kv = kv;
        StoredBytes = storedBytes;
        Parameters = tensors?.Sum(t => t.Shape.Count);
        ActiveParameters = Active(t => t.Shape.Count);
    }

    /// <summary>The configuration, where there is one.</summary>
    public ModelConfig? Config { get; }

    /// <summary>The geometry of the key/value cache, or null where it is not known.</summary>
    public KvGeometry? Kv { get; }

    /// <summary>Parameters; tied tensors are counted once.</summary>
    public long? Parameters { get; }

    /// <summary>Parameters that one token uses: all but the experts it does not visit.</summary>
    public long? ActiveParameters { get; }

    /// <summary>Bytes of the tensors in the file that was read; null for a bare configuration.</summary>
    public long? StoredBytes { get; }

    /// <summary>Bytes of a checkpoint with two bytes per parameter (F16 or BF16 throughout), the form in which models are published.</summary>
    public long? CheckpointBytes => 2 * Parameters;

    /// <summary>The size class, or null where the parameters are not known.</summary>
    public SizeClass? SizeClass => Parameters is { } parameters ? SizeClass.Of(parameters) : null;

    /// <summary>The footprint of a model with this configuration.</summary>
    public static Footprint Of(ModelConfig config) =>
        new([.. Architectures.Of(config).Layout(config)], config, KvGeometry.Of(config), storedBytes: null);

    /// <summary>The footprint of a file with these tensors (a GGUF or safetensors header), with a configuration where there is one.</summary>
    /// <param name="tensors">Every tensor: name, type and shape, outermost dimension first.</param>
    /// <param name="config">The configuration beside or inside the file; it settles windows, experts and what packed tensors hold.</param>
    public static Footprint Of(IEnumerable<(string Name, DType Type, Shape Shape)> tensors, ModelConfig? config = null)
    {
        List<(string Name, DType Type, Shape Shape)> header = [.. tensors];
        var tied = config is { TieWordEmbeddings: true, Head: ModelHead.LanguageModel };
        var parameters = HeaderTensors.Parameters(header, tied) ?? (config is null ? null : [.. Architectures.Of(config).Layout(config)]);
        var stored = 0L;
        foreach (var (_, type, shape) in header)
            stored = checked(stored + type.Bytes(shape.Count));
        return new(parameters, config, config is null ? KvFromHeader.Read(header) : KvGeometry.Of(config), stored);
    }

    /// <summary>Bytes of the weights in <paramref name="format"/> under <see cref="StorageRule"/>; a file adds its header and the tokenizer.</summary>
    public long? WeightBytes(DType format) => _tensors?.Sum(t => StorageRule.Bytes(t, format));

    /// <summary>Bytes that one more token adds to the cache; see <see cref="KvGeometry.BytesPerToken"/>.</summary>
    public long? KvBytesPerToken(DType? type = null, DType? valueType = null) => Kv?.BytesPerToken(type, valueType);

    /// <summary>Bytes of the cache; see <see cref="KvGeometry.Bytes"/>.</summary>
    public long? KvBytes(int context, int sequences = 1, DType? type = null, int chunk = 0) => Kv?.Bytes(context, sequences, type, chunk);

    /// <summary>Bytes that the engine reserves for the cache; see <see cref="KvGeometry.ReservedBytes"/>.</summary>
    public long? KvReservedBytes(int context, int sequences = 1, DType? type = null, int chunk = 0, DType? valueType = null) =>
        Kv?.ReservedBytes(context, sequences, type, chunk, valueType);

    /// <summary>
    /// Floating-point operations of the token behind <paramref name="context"/> others: two per active weight of a matrix
    /// product, and four per query element and token that attention looks at.
    /// </summary>
    public long? FlopsPerToken(int context)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(context);
        if (Config is null || Active(t => IsMultiplied(t) ? t.Shape.Count : 0) is not { } weights) return null;
        var queries = (long)Config.NumAttentionHeads * Config.HeadDim;
        var looked = Enumerable.Range(0, Config.NumHiddenLayers).Sum(i => (long)Math.Min(context, Config.WindowOfLayer(i) ?? int.MaxValue));
        return checked((2 * weights) + (4 * queries * looked));
    }

    /// <summary>
    /// Bytes that decoding one token reads: every active weight once (of an embedding that is not the head, and of learned
    /// positions, one row), and the cache of <paramref name="context"/> tokens.
    /// </summary>
    public long? BytesReadPerToken(DType format, int context, DType? cache = null)
    {
        var weights = Active(t =>
        {
            var bytes = StorageRule.Bytes(t, format);
            var looksUp = t.Role == TensorRole.Position || (t.Role == TensorRole.Embedding && !EmbeddingIsHead);
            return looksUp ? bytes / t.Shape.Rows : bytes;
        });
        return weights + KvBytes(context, sequences: 1, cache);
    }

    /// <summary>Bytes of activations at the widest moment of a pass; see <see cref="ScratchPlan"/>. Null without a configuration.</summary>
    /// <param name="chunk">Tokens of the pass, T.</param>
    /// <param name="context">Tokens that attention looks back on.</param>
    /// <param name="threads">Each keeps a row of attention scores.</param>
    /// <param name="format">Of the weights; the one that takes most when null.</param>
    public long? ScratchBytes(int chunk, int context, int threads, DType? format = null) =>
        Config is { } config ? ScratchPlan.Bytes(config, chunk, context, threads, format) : null;

    private bool EmbeddingIsHead => Config is null
        ? _tensors is not null && _tensors.TrueForAll(t => t.Role != TensorRole.Head)
        : Config.TieWordEmbeddings && Config.Head is ModelHead.LanguageModel or ModelHead.MaskedLanguageModel;

    private bool IsMultiplied(TensorSpec tensor) => tensor.Shape.Rank >= 2 && tensor.Role switch
    {
        TensorRole.Position => false,
        TensorRole.Embedding => EmbeddingIsHead,
        _ => true,
    };

    // A sum over what one token uses. Experts are alike, so the share of them that a token visits is their share of the sum.
    private long? Active(Func<TensorSpec, long> cost)
    {
        if (_tensors is null) return null;
        var (all, experts) = (0L, 0L);
        foreach (var tensor in _tensors)
        {
            if (tensor.Role == TensorRole.Expert) experts = checked(experts + cost(tensor));
            else all = checked(all + cost(tensor));
        }
        if (experts == 0) return all;
        return Config is { NumExperts: > 0 } c ? all + (experts / c.NumExperts * c.NumExpertsPerToken) : null;
    }
}
