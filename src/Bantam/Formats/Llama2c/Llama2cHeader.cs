using System.Buffers.Binary;

namespace Bantam.Formats.Llama2c;

/// <summary>
/// The seven numbers at the start of a llama2.c checkpoint ("version 0", the legacy export of github.com/karpathy/llama2.c):
/// little-endian 32-bit integers, followed by F32 weights in a fixed order.
/// </summary>
/// <param name="Dim">Width of the residual stream, C.</param>
/// <param name="HiddenDim">Inner width of the feed-forward network, F.</param>
/// <param name="LayerCount">Blocks, L.</param>
/// <param name="HeadCount">Query heads, H.</param>
/// <param name="KvHeadCount">Key and value heads.</param>
/// <param name="VocabSize">Rows of the embedding, V.</param>
/// <param name="SequenceLength">Longest context in tokens, T.</param>
/// <param name="TiedHead">Whether the output head is the embedding; the file says no with a negative vocabulary size.</param>
public sealed record Llama2cHeader(int Dim, int HiddenDim, int LayerCount, int HeadCount, int KvHeadCount, int VocabSize, int SequenceLength, bool TiedHead)
{
    /// <summary>Bytes of the header.</summary>
    public const int ByteCount = 7 * sizeof(int);

    // Far above every published model, and low enough that no product below reaches 2^63.
    private const int MaxWidth = 1 << 20;
    private const int MaxInner = 1 << 22;
    private const int MaxLayers = 1 << 12;
    private const int MaxRows = 1 << 24;

    // "ak42", with which the versioned exports begin.
    private const uint VersionedMagic = 0x616b3432;

    /// <summary>Width of one head, D.</summary>
    public int HeadDim => Dim / HeadCount;

    /// <summary>Width of all key (or value) heads together.</summary>
    public int KvDim => HeadDim * KvHeadCount;

    /// <summary>F32 values in the file: parameters and two stored rotary tables [T, D / 2].</summary>
    public long ValueCount
    {
        get
        {
            checked
            {
                var layer = (2L * Dim) + (2L * Dim * Dim) + (2L * KvDim * Dim) + (3L * HiddenDim * Dim);
                return ((TiedHead ? 1L : 2L) * VocabSize * Dim) + (LayerCount * layer) + Dim + ((long)SequenceLength * HeadDim);
            }
        }
    }

    /// <summary>Length in bytes of a file with this header.</summary>
    public long FileLength => checked(ByteCount + (sizeof(float) * ValueCount));

    /// <summary>Reads the header and holds it against the length of the file.</summary>
    /// <param name="start">The file from its first byte; the first 28 are read.</param>
    /// <param name="fileLength">Length of the whole file in bytes.</param>
    /// <param name="file">Named in refusals.</param>
    /// <exception cref="ModelFileException">The length is wrong (BT1070), the export is a versioned one (BT1071), a number is out of range (BT1072), or heads do not divide (BT1073).</exception>
    public static Llama2cHeader Parse(ReadOnlySpan<byte> start, long fileLength, string file)
    {
        if (start.Length < ByteCount || fileLength < ByteCount)
            throw new ModelFileException("BT1070", file, "file length", $"{Math.Min(start.Length, fileLength)} bytes", $"a llama2.c header has {ByteCount} bytes");
        if (BinaryPrimitives.ReadUInt32LittleEndian(start) == VersionedMagic)
            throw new ModelFileException("BT1071", file, "export version", $"{BinaryPrimitives.ReadInt32LittleEndian(start[4..])} (magic ak42)", "only the legacy export is read; export again with --version 0");

        var dim = Field(start, 0, "dim", MaxWidth, file);
        var hidden = Field(start, 1, "hidden_dim", MaxInner, file);
        var layers = Field(start, 2, "n_layers", MaxLayers, file);
        var heads = Field(start, 3, "n_heads", MaxWidth, file);
        var kvHeads = Field(start, 4, "n_kv_heads", MaxWidth, file);
        var tied = BinaryPrimitives.ReadInt32LittleEndian(start[(5 * sizeof(int))..]) > 0;
        var vocab = Field(start, 5, "vocab_size", MaxRows, file, negated: !tied);
        var sequence = Field(start, 6, "seq_len", MaxRows, file);

        if (dim % heads != 0 || dim / heads % 2 != 0)
            throw new ModelFileException("BT1073", file, "n_heads", $"{heads}", $"it must divide dim, {dim}, into heads of even width");
        if (heads % kvHeads != 0)
            throw new ModelFileException("BT1073", file, "n_kv_heads", $"{kvHeads}", $"it must divide n_heads, {heads}");
        var header = new Llama2cHeader(dim, hidden, layers, heads, kvHeads, vocab, sequence, tied);
        if (header.FileLength != fileLength)
            throw new ModelFileException("BT1070", file, "file length", $"{fileLength} bytes", $"a llama2.c checkpoint with this header has exactly {header.FileLength}");
        return header;
    }

    private static int Field(ReadOnlySpan<byte> start, int index, string name, int most, string file, bool negated = false)
    {
        var value = BinaryPrimitives.ReadInt32LittleEndian(start[(index * sizeof(int))..]);
        // Negated as a long: the most negative int has no positive one.
        var size = negated ? -(long)value : value;
        return size >= 1 && size <= most
            ? (int)size
            : throw new ModelFileException("BT1072", file, name, $"{value}", $"it must be from 1 to {most}{(index == 5 ? " (or its negative, for a separate head)" : "")}; is this a llama2.c checkpoint?");
    }
}
