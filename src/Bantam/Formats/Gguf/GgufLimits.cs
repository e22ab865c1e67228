namespace Bantam.Formats.Gguf;

/// <summary>
/// The bounds that a GGUF header is held to. Every count is also held against the bytes that the file still has, so a
/// small file cannot claim anything large; these bounds are for large files and for headers of unknown length.
/// </summary>
public static class GgufLimits
{
    /// <summary>Magic, version and the two counts: the least that a file can be.</summary>
    public const int HeaderBytes = 24;

    /// <summary>Most metadata pairs. Real files have tens to hundreds.</summary>
    public const int MaxPairs = 1_000_000;

    /// <summary>Most tensors. The largest known mixtures of experts have some thousands.</summary>
    public const int MaxTensors = 1_000_000;

    /// <summary>Longest key in bytes (specification).</summary>
    public const int MaxKeyBytes = 65_535;

    /// <summary>Longest string value in bytes: room for a whole tokenizer.json.</summary>
    public const int MaxStringBytes = 16 << 20;

    /// <summary>Most elements of one array. Vocabularies have up to a million.</summary>
    public const int MaxArrayElements = 16 << 20;

    /// <summary>Most levels of arrays within arrays; 1 is an array of scalars.</summary>
    public const int MaxArrayDepth = 4;

    /// <summary>Longest tensor name in bytes. The specification allows 64; ggml keeps the terminator in its 64 and so refuses such a name.</summary>
    public const int MaxNameBytes = 63;

    /// <summary>Most dimensions of a tensor (specification).</summary>
    public const int MaxDimensions = 4;

    /// <summary>Longest header that is read from a stream, in bytes.</summary>
    public const int MaxStreamedHeaderBytes = 256 << 20;

    /// <summary>The least bytes of a pair: a one-byte key and a one-byte value.</summary>
    internal const int LeastPairBytes = 8 + 1 + 4 + 1;

    /// <summary>The least bytes of a tensor's description: a one-byte name and one dimension.</summary>
    internal const int LeastInfoBytes = 8 + 1 + 4 + 8 + 4 + 8;
}
