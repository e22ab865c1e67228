using Bantam.Tensors;

namespace Bantam.Sizing;

/// <summary>What one format of a model needs on a device. Bytes; null is unknown.</summary>
/// <param name="Format">The format of the weights, or null for the types in which the file that was read stores them.</param>
/// <param name="DownloadBytes">Bytes of the weights to fetch and store.</param>
/// <param name="WeightBytes">Bytes of the weights in memory; the file is mapped, so the same.</param>
/// <param name="KvBytes">Bytes of the key/value cache at the context asked for.</param>
/// <param name="ScratchBytes">Bytes of activations.</param>
/// <param name="RuntimeBytes">Bytes of the runtime itself.</param>
/// <param name="Verdict">Whether it runs.</param>
/// <param name="LongestContext">The longest context, in tokens, that the available memory holds: 0 where none does, null where it is not known.</param>
public sealed record FitRow(
    DType? Format, long? DownloadBytes, long? WeightBytes, long? KvBytes, long? ScratchBytes, long RuntimeBytes, FitVerdict Verdict, int? LongestContext)
{
    /// <summary>All terms together.</summary>
    public long? MemoryBytes => WeightBytes + KvBytes + ScratchBytes + RuntimeBytes;
}

/// <summary>
/// Whether a model runs on a device, for each format: known before anything is downloaded. The verdict compares with the
/// memory that is available now, and is never "fits" while a term is unknown.
/// </summary>
public sealed class FitReport
{
    private const int MostContext = 1 << 25;

    private FitReport(Footprint model, DeviceProfile device, FitOptions options, int? context)
    {
        Model = model;
        Device = device;
        Options = options;
        Context = context;
        IEnumerable<DType?> formats = model.StoredBytes is null ? options.Formats : options.Formats.Prepend(null);
        Rows = [.. formats.Select(Row)];
    }

    /// <summary>The model.</summary>
    public Footprint Model { get; }

    /// <summary>The device.</summary>
    public DeviceProfile Device { get; }

    /// <summary>What was asked.</summary>
    public FitOptions Options { get; }

    /// <summary>The context, in tokens, that the rows are for; null where none was asked and the model's maximum is unknown.</summary>
    public int? Context { get; }

    /// <summary>One row per format; before them, where the footprint is that of a file, one for the weights as it stores them.</summary>
    public IReadOnlyList<FitRow> Rows { get; }

    /// <summary>The best verdict of any format.</summary>
    public FitVerdict Verdict => Rows.Min(r => r.Verdict);

    /// <summary>Works out the fit of a model on a device.</summary>
    /// <exception cref="BantamException">BT2004: a context below one or beyond the model's maximum, sequences below 1 or above 1024, an empty chunk or no format. BT2002: a cache type that does not divide this model's keys.</exception>
    public static FitReport Of(Footprint model, DeviceProfile device, FitOptions? options = null)
    {
        options ??= new FitOptions();
        var most = model.Config?.MaxPositionEmbeddings;
        if (options.Context is { } asked && (asked < 1 || asked > (most ?? MostContext)))
            throw new BantamException("BT2004", $"a context of {asked} tokens cannot be fitted: this model takes 1 to {most ?? MostContext}");
        if (options.Sequences is < 1 or > 1024) throw new BantamException("BT2004", $"{options.Sequences} sequences cannot be fitted: it takes 1 to 1024");
        if (options.Chunk < 1) throw new BantamException("BT2004", $"chunks of {options.Chunk} tokens cannot be fitted: it takes at least 1");
        if (options.Formats.Count == 0) throw new BantamException("BT2004", "no format to fit: name at least one");
        return new(model, device, options, options.Context ?? (most is { } m ? Math.Min(4096, m) : null));
    }

    private FitRow Row(DType? format)
    {
        var weights = format is null ? Model.StoredBytes : Model.WeightBytes(format);
        var scratch = Scratch(Context ?? Options.Chunk);
        var kv = Context is { } context ? Kv(context) : Model.Kv is { Layers.Count: 0 } ? 0 : null;
        var row = new FitRow(format, weights, weights, kv, scratch, Options.RuntimeBytes, FitVerdict.Unknown, Longest(weights));
        return row with { Verdict = Judge(row) };
    }

    private FitVerdict Judge(FitRow row)
    {
        var known = (row.WeightBytes ?? 0) + (row.KvBytes ?? 0) + (row.ScratchBytes ?? 0) + row.RuntimeBytes;
        // What is stored already needs no more disk.
        var disk = row.Format is null ? 0 : row.DownloadBytes;
        if (known > Device.AvailableMemory || disk > Device.FreeDisk) return FitVerdict.DoesNotFit;
        if (row.MemoryBytes is null) return FitVerdict.Unknown;
        return known <= FitOptions.ComfortableShare * Device.AvailableMemory ? FitVerdict.Fits : FitVerdict.Tight;
    }

    // Need grows with the context, so halving finds the last one that the memory holds.
    private int? Longest(long? weights)
    {
        if (weights is null || Model.Config is not { } config || Model.Kv is null) return null;
        var (fits, most) = (0, config.MaxPositionEmbeddings);
        while (fits < most)
        {
            var middle = fits + ((most - fits + 1) / 2);
            var need = weights + Kv(middle) + Scratch(middle) + Options.RuntimeBytes;
            if (need <= Device.AvailableMemory) fits = middle;
            else most = middle - 1;
        }
        return fits;
    }

    // A chunk is never longer than the context.
    private long? Scratch(int context) => Model.ScratchBytes(Math.Min(Options.Chunk, context), context, Device.Cores);

    private long? Kv(int context) => Model.KvReservedBytes(context, Options.Sequences, Options.CacheType, Options.Chunk, Options.ValueCacheType);
}
