using Bantam.Execution;
using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Sizing;

/// <summary>How many elements of key and value one layer keeps for each token.</summary>
/// <param name="KeyElements">Key heads times the width of a key.</param>
/// <param name="ValueElements">Value heads times the width of a value.</param>
/// <param name="Window">Tokens that the layer keeps at most, or null for the whole context.</param>
/// <param name="HeadDim">Width of one head, or null where it is not known.</param>
public readonly record struct KvLayer(long KeyElements, long ValueElements, int? Window, int? HeadDim = null);

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
        return new([.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => new KvLayer(elements, elements, config.WindowOfLayer(i), config.HeadDim))]);
    }

    /// <summary>Bytes that one more token adds while every window still has room.</summary>
    /// <param name="type">Type of the cache; F16 where nothing is given.</param>
    /// <param name="valueType">Type of its values, where that is another.</param>
    /// <exception cref="BantamException">BT2002: a layer's keys or values are no whole number of the type's blocks.</exception>
    public long BytesPerToken(DType? type = null, DType? valueType = null) => Layers.Sum(l => LayerBytes(l, type, valueType));

    /// <summary>Bytes of the cache of <paramref name="sequences"/> sequences of <paramref name="context"/> tokens each.</summary>
    /// <param name="context">Tokens of one sequence.</param>
    /// <param name="sequences">How many sequences are held at once.</param>
    /// <param name="type">Type of the cache; F16 where nothing is given.</param>
    /// <param name="chunk">Tokens that are read in one step: a window keeps that many more, because the first of them still looks back a whole window.</param>
    /// <param name="valueType">Type of its values, where that is another.</param>
    /// <exception cref="BantamException">BT2002, as <see cref="BytesPerToken"/>.</exception>
    public long Bytes(int context, int sequences = 1, DType? type = null, int chunk = 0, DType? valueType = null) => Sum(
        context, sequences, chunk, layer => (layer.Window is { } window ? Math.Min(context, (long)window + chunk) : context) * LayerBytes(layer, type, valueType));

    /// <summary>
    /// Bytes that the engine reserves for them: <see cref="Bytes"/> in whole pages of <see cref="KvCache.PageSize"/> positions, of
    /// which the windows' have one more, as they need not begin where a page does.
    /// </summary>
    /// <inheritdoc cref="Bytes" path="/param"/>
    /// <inheritdoc cref="Bytes" path="/exception"/>
    public long ReservedBytes(int context, int sequences = 1, DType? type = null, int chunk = 0, DType? valueType = null) => Sum(
        context, sequences, chunk, layer => (long)KvPages.MostHeld(context, layer.Window ?? 0, chunk) * KvCache.PageSize * LayerBytes(layer, type, valueType));

    private long Sum(int context, int sequences, int chunk, Func<KvLayer, long> bytesOf)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(context);
        ArgumentOutOfRangeException.ThrowIfNegative(sequences);
        ArgumentOutOfRangeException.ThrowIfNegative(chunk);
        return checked(Layers.Sum(bytesOf) * sequences);
    }

    private static long LayerBytes(KvLayer layer, DType? keyType, DType? valueType)
    {
        var keys = keyType ?? DType.F16;
        return checked(ElementBytes(keys, layer.KeyElements, layer.HeadDim) + ElementBytes(valueType ?? keys, layer.ValueElements, layer.HeadDim));
    }

    private static long ElementBytes(DType type, long elements, int? headDim)
    {
        if ((headDim ?? elements) % type.BlockSize != 0)
            throw new BantamException("BT2002", $"a {type} cache keeps blocks of {type.BlockSize} and this model's {(headDim is null ? "keys and values" : "heads")} are {headDim ?? elements} wide; F16 fits any width");
        return type.Bytes(elements);
    }
}
