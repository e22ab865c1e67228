using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Sizing;

/// <summary>How many elements of key and value one layer keeps for each token.</summary>
/// <param name="KeyElements">Key heads times the width of a key.</param>
/// <param name="ValueElements">Value heads times the width of a value.</param>
/// <param name="Window">Tokens that the layer keeps at most, or null for the whole context.</param>
public readonly record struct KvLayer(long KeyElements, long ValueElements, int? Window);

/// <summary>
/// What the key/value cache of a model costs, layer by layer. It follows from geometry alone and not from the number of
/// parameters: Gemma 2B needs 18,432 bytes per token where the four times smaller Qwen3-0.6B needs 114,688.
/// </summary>
public sealed class KvGeometry(IReadOnlyList<KvLayer> layers)
{
    /// <summary>One entry per layer; none for a model that keeps no cache.</summary>
    public IReadOnlyList<KvLayer> Layers { get; } = layers;

    /// <summary>The geometry of a configuration. An encoder reads its text at once and keeps nothing.</summary>
    public static KvGeometry Of(ModelConfig config)
    {
        if (!Architectures.Of(config).IsDecoder) return new([]);
        var elements = (long)config.NumKeyValueHeads * config.HeadDim;
        return new([.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => new KvLayer(elements, elements, config.WindowOfLayer(i)))]);
    }

    /// <summary>Bytes that one more token adds while every window still has room.</summary>
    /// <param name="type">Type of the cache; F16 where nothing is given.</param>
    /// <exception cref="BantamException">BT2002: a layer's keys or values are no whole number of the type's blocks.</exception>
    public long BytesPerToken(DType? type = null) => Layers.Sum(l => LayerBytes(l, type ?? DType.F16));

    /// <summary>Bytes of the cache of <paramref name="sequences"/> sequences of <paramref name="context"/> tokens each.</summary>
    /// <param name="context">Tokens of one sequence.</param>
    /// <param name="sequences">How many sequences are held at once.</param>
    /// <param name="type">Type of the cache; F16 where nothing is given.</param>
    /// <param name="chunk">Tokens that are read in one step: a window keeps that many more, because the first of them still looks back a whole window.</param>
    /// <exception cref="BantamException">BT2002, as <see cref="BytesPerToken"/>.</exception>
    public long Bytes(int context, int sequences = 1, DType? type = null, int chunk = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(context);
        ArgumentOutOfRangeException.ThrowIfNegative(sequences);
        ArgumentOutOfRangeException.ThrowIfNegative(chunk);
        var bytes = 0L;
        foreach (var layer in Layers)
        {
            var tokens = layer.Window is { } window ? Math.Min(context, (long)window + chunk) : context;
            bytes = checked(bytes + (LayerBytes(layer, type ?? DType.F16) * tokens));
        }
        return checked(bytes * sequences);
    }

    private static long LayerBytes(KvLayer layer, DType type)
    {
        foreach (var elements in (ReadOnlySpan<long>)[layer.KeyElements, layer.ValueElements])
        {
            if (elements % type.BlockSize != 0)
                throw new BantamException("BT2002", $"a {type} cache keeps blocks of {type.BlockSize} and this model's keys and values are {elements} wide; F16 fits any width");
        }
        return type.Bytes(layer.KeyElements) + type.Bytes(layer.ValueElements);
    }
}
