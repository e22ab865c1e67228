using Bantam.Tensors;

namespace Bantam.Formats.Gguf;

/// <summary>Reads the tensor descriptions (GGUF specification, <c>gguf_tensor_info_t</c>) and holds each against its own rules.</summary>
internal static class GgufTensorTable
{
    /// <summary>Refuses a count of tensors that the file cannot hold.</summary>
    public static void CheckCount(GgufCursor cursor, ulong tensors)
    {
        if (tensors > long.MaxValue)
            throw cursor.Refuse("BT1007", "n_tensors", $"{tensors}", $"at most {GgufLimits.MaxTensors}");
        if (tensors > GgufLimits.MaxTensors)
            throw cursor.Refuse("BT1009", "n_tensors", $"{tensors}", $"at most {GgufLimits.MaxTensors}");
        if (tensors > (ulong)cursor.Remaining / GgufLimits.LeastInfoBytes)
            throw cursor.Refuse("BT1009", "n_tensors", $"{tensors}", $"the {cursor.Remaining} bytes left describe at most {cursor.Remaining / GgufLimits.LeastInfoBytes}");
    }

    public static List<GgufTensorInfo> Read(GgufCursor cursor, ulong tensors, int alignment)
    {
        CheckCount(cursor, tensors);
        var infos = new List<GgufTensorInfo>();
        var names = new HashSet<string>();
        for (ulong i = 0; i < tensors; i++)
        {
            cursor.Subject = ("tensor", $"#{i}");
            var name = cursor.ReadString("name", GgufLimits.MaxNameBytes, "BT1020", "BT1020");
            if (name.Length == 0)
                throw cursor.Refuse("BT1020", "name length", "0", "must be 1 or more");
            cursor.Subject = ("tensor", name);
            if (!names.Add(name))
                throw cursor.Refuse("BT1021", "name", "repeated", "each name may appear once");
            infos.Add(ReadInfo(cursor, name, alignment));
        }
        return infos;
    }

    private static GgufTensorInfo ReadInfo(GgufCursor cursor, string name, int alignment)
    {
        var rank = cursor.Read<uint>("n_dims");
        if (rank is 0 or > GgufLimits.MaxDimensions)
            throw cursor.Refuse("BT1022", "n_dims", $"{rank}", $"must be 1 to {GgufLimits.MaxDimensions}");

        Span<long> dims = stackalloc long[(int)rank];
        for (var i = 0; i < dims.Length; i++)
            dims[i] = cursor.Read<long>("dimension");
        CheckDimensions(cursor, dims);

        var id = cursor.Read<uint>("type");
        if (!DType.TryFromGgml(id, out var type))
            throw cursor.Refuse("BT1029", "type", $"{id}", "not a type of this format (or one that was removed from it)");
        CheckBlocks(cursor, dims, type);

        var offset = cursor.Read<ulong>("offset");
        if (offset % (ulong)alignment != 0)
            throw cursor.Refuse("BT1030", "offset", $"{offset}", $"must be a multiple of {alignment}");
        if (offset > long.MaxValue)
            throw cursor.Refuse("BT1032", "offset", $"{offset}", "leaves the file");
        // The file lists the contiguous dimension first.
        dims.Reverse();
        return new GgufTensorInfo(name, type, new Shape(dims), (long)offset);
    }

    private static void CheckDimensions(GgufCursor cursor, ReadOnlySpan<long> dims)
    {
        var elements = 1L;
        for (var i = 0; i < dims.Length; i++)
        {
            if (dims[i] == 0)
                throw cursor.Refuse("BT1023", $"dimension {i}", "0", "must be 1 or more");
            if (dims[i] < 0)
                throw cursor.Refuse("BT1024", $"dimension {i}", $"{dims[i]}", "must be 1 or more");
            if (elements > long.MaxValue / dims[i])
                throw cursor.Refuse("BT1025", "dimensions", string.Join(" × ", dims.ToArray()), "the product must stay below 2^63");
            elements *= dims[i];
        }
    }

    private static void CheckBlocks(GgufCursor cursor, ReadOnlySpan<long> dims, DType type)
    {
        if (dims[0] % type.BlockSize != 0)
            throw cursor.Refuse("BT1028", "row", $"{dims[0]} elements", $"{type} stores {type.BlockSize} per block");
        var blocks = 1L;
        foreach (var dim in dims) blocks *= dim;
        blocks /= type.BlockSize;
        if (blocks > long.MaxValue / type.BlockBytes)
            throw cursor.Refuse("BT1026", "size", $"{blocks} blocks of {type.BlockBytes} bytes", "must stay below 2^63 bytes");
    }
}
