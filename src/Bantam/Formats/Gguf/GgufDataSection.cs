namespace Bantam.Formats.Gguf;

/// <summary>
/// Holds the tensors' places against each other and against the file: in the order of their offsets they follow one
/// another, padded to the alignment, without gap or overlap, and the file ends with the last of them.
/// </summary>
internal static class GgufDataSection
{
    /// <summary>Rounds <paramref name="bytes"/> up to a multiple of <paramref name="alignment"/>, a power of two.</summary>
    public static long Pad(long bytes, int alignment) => checked(bytes + alignment - 1) & -alignment;

    /// <summary>Returns the absolute end of the last tensor's data, without padding. <paramref name="dataOffset"/> is absolute as well.</summary>
    public static long Check(GgufCursor cursor, IReadOnlyList<GgufTensorInfo> tensors, long dataOffset, int alignment)
    {
        CheckTotal(cursor, tensors, dataOffset, alignment);
        var end = CheckPlaces(cursor, tensors, dataOffset, alignment);
        // Writers differ in whether they pad the last tensor.
        var padded = Pad(end, alignment);
        if (cursor.Total > padded)
        {
            cursor.Subject = ("file", null);
            throw cursor.Refuse("BT1034", "length", $"{cursor.Total} bytes", $"header and tensors end at {padded}; what follows belongs to no tensor");
        }
        return end;
    }

    private static void CheckTotal(GgufCursor cursor, IReadOnlyList<GgufTensorInfo> tensors, long dataOffset, int alignment)
    {
        var total = (Int128)dataOffset;
        foreach (var tensor in tensors)
        {
            // Each size is below 2^63, so the sum of a million of them cannot leave 128 bits.
            total += (tensor.Bytes + (Int128)alignment - 1) / alignment * alignment;
            if (total <= long.MaxValue) continue;
            cursor.Subject = ("tensor", tensor.Name);
            throw cursor.Refuse("BT1027", "size", $"{tensor.Bytes} bytes", "all tensors together must stay below 2^63 bytes");
        }
    }

    private static long CheckPlaces(GgufCursor cursor, IReadOnlyList<GgufTensorInfo> tensors, long dataOffset, int alignment)
    {
        if (tensors.Count == 0) return cursor.Position;
        var expected = 0L;
        var end = 0L;
        foreach (var tensor in tensors.OrderBy(t => t.Offset))
        {
            cursor.Subject = ("tensor", tensor.Name);
            if (cursor.Total is { } length)
                CheckInside(cursor, tensor, dataOffset, length, expected);
            if (tensor.Offset != expected)
                throw cursor.Refuse("BT1031", "offset", $"{tensor.Offset}", $"the tensor before it ends at {expected}: neither gap nor overlap is allowed");
            end = expected + tensor.Bytes;
            expected = Pad(end, alignment);
        }
        return dataOffset + end;
    }

    private static void CheckInside(GgufCursor cursor, GgufTensorInfo tensor, long dataOffset, long length, long expected)
    {
        var room = length - dataOffset;
        if (tensor.Offset == expected && expected >= room)
            throw cursor.Refuse("BT1033", "start", $"byte {dataOffset + expected}", $"the file ends after {length} bytes; was the download cut off?");
        if (tensor.Offset > room || tensor.Bytes > room - tensor.Offset)
            throw cursor.Refuse("BT1032", "offset + size", $"{tensor.Offset} + {tensor.Bytes}", $"the data section of this file has {Math.Max(room, 0)} bytes; was the download cut off?");
    }
}
