using System.Text;

namespace Bantam.Formats.Gguf;

/// <summary>
/// Where everything of a file that is to be written will lie: pure arithmetic over metadata and tensor descriptions, no
/// data needed. Tensors follow one another in the given order, each padded to the alignment, the last one too.
/// </summary>
public sealed class GgufLayout
{
    /// <summary>Lays out <paramref name="metadata"/> and <paramref name="tensors"/>.</summary>
    /// <exception cref="ModelFileException">A name or alignment is one that the reader would refuse (BT1018–BT1021), or a tensor has no elements (BT1022, BT1023), a cut block (BT1028) or no GGUF type (BT1029).</exception>
    public GgufLayout(GgufMetadata metadata, IEnumerable<GgufTensorSpec> tensors)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(tensors);
        Alignment = metadata.Alignment;
        HeaderBytes = GgufLimits.HeaderBytes;
        foreach (var (key, value) in metadata.Pairs)
        {
            CheckValue(metadata.File, key, value, depth: 1);
            HeaderBytes += StringBytes(key) + 4 + ValueBytes(value);
        }

        var infos = new List<GgufTensorInfo>();
        var names = new HashSet<string>();
        var offset = 0L;
        foreach (var tensor in tensors)
        {
            CheckTensor(metadata.File, tensor, names);
            infos.Add(new GgufTensorInfo(tensor.Name, tensor.DType, tensor.Shape, offset));
            offset = GgufDataSection.Pad(checked(offset + tensor.Bytes), Alignment);
            HeaderBytes += tensor.InfoBytes;
        }
        Tensors = infos;
        DataOffset = GgufDataSection.Pad(HeaderBytes, Alignment);
        FileBytes = checked(DataOffset + offset);
    }

    /// <summary>Alignment of tensor data in bytes.</summary>
    public int Alignment { get; }

    /// <summary>Bytes of the header with metadata and tensor descriptions, without the padding after it. The same whatever the tensors' types are.</summary>
    public long HeaderBytes { get; }

    /// <summary>Where the data section begins.</summary>
    public long DataOffset { get; }

    /// <summary>The exact length of the file in bytes.</summary>
    public long FileBytes { get; }

    /// <summary>The tensors with their offsets.</summary>
    public IReadOnlyList<GgufTensorInfo> Tensors { get; }

    // What the reader would refuse is not written.
    private static void CheckValue(string file, string key, GgufValue value, int depth)
    {
        if (value.Count > GgufLimits.MaxArrayElements)
            throw Refuse("BT1016", "array length", $"{value.Count}", $"at most {GgufLimits.MaxArrayElements} elements");
        if (depth > GgufLimits.MaxArrayDepth)
            throw Refuse("BT1015", "array depth", $"{depth}", $"at most {GgufLimits.MaxArrayDepth}");
        foreach (var text in value.Value as string[] ?? (value.Value is string single ? [single] : []))
        {
            if (StringBytes(text) - 8 > GgufLimits.MaxStringBytes)
                throw Refuse("BT1017", "string length", $"{StringBytes(text) - 8}", $"at most {GgufLimits.MaxStringBytes} bytes");
        }
        foreach (var array in value.Value as GgufValue[] ?? [])
            CheckValue(file, key, array, depth + 1);

        ModelFileException Refuse(string code, string what, string found, string limit) =>
            new(code, file, $"metadata '{ModelFileException.Printable(key)}' {what}", found, limit);
    }

    private static void CheckTensor(string file, GgufTensorSpec tensor, HashSet<string> names)
    {
        var bytes = Encoding.UTF8.GetByteCount(tensor.Name);
        if (bytes is 0 or > GgufLimits.MaxNameBytes)
            throw Refuse("BT1020", "name length", $"{bytes} bytes", $"must be 1 to {GgufLimits.MaxNameBytes}");
        if (!names.Add(tensor.Name))
            throw Refuse("BT1021", "name", "repeated", "each name may appear once");
        if (tensor.Shape.Rank == 0)
            throw Refuse("BT1022", "n_dims", "0", $"must be 1 to {GgufLimits.MaxDimensions}");
        if (tensor.Shape.Count == 0)
            throw Refuse("BT1023", "shape", $"{tensor.Shape}", "no dimension may be 0");
        if (tensor.DType.GgmlType < 0)
            throw Refuse("BT1029", "type", tensor.DType.Name, "GGUF has no such type; convert it first");
        if (tensor.Shape.Columns % tensor.DType.BlockSize != 0)
            throw Refuse("BT1028", "row", $"{tensor.Shape.Columns} elements", $"{tensor.DType} stores {tensor.DType.BlockSize} per block");

        ModelFileException Refuse(string code, string what, string value, string limit) =>
            new(code, file, $"tensor '{ModelFileException.Printable(tensor.Name)}' {what}", value, limit);
    }

    private static long StringBytes(string text) => 8 + Encoding.UTF8.GetByteCount(text);

    private static long ValueBytes(GgufValue value) => value.Value switch
    {
        string text => StringBytes(text),
        string[] texts => 4 + 8 + texts.Sum(StringBytes),
        GgufValue[] arrays => 4 + 8 + arrays.Sum(ValueBytes),
        Array numbers => 4 + 8 + Buffer.ByteLength(numbers),
        byte or sbyte or bool => 1,
        ushort or short => 2,
        uint or int or float => 4,
        _ => 8,
    };
}
