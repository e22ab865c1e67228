using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Bantam.Formats.Gguf;

/// <summary>Reads the key-value pairs (GGUF specification, <c>gguf_metadata_kv_t</c>).</summary>
internal static class GgufMetadataReader
{
    // Room made before the first element is seen; more only as elements really come.
    private const int FirstRoom = 1024;

    public static GgufMetadata Read(GgufCursor cursor, ulong pairs)
    {
        if (pairs > GgufLimits.MaxPairs)
            throw cursor.Refuse("BT1008", "n_kv", $"{pairs}", $"at most {GgufLimits.MaxPairs}");
        if (pairs > (ulong)cursor.Remaining / GgufLimits.LeastPairBytes)
            throw cursor.Refuse("BT1008", "n_kv", $"{pairs}", $"the {cursor.Remaining} bytes left hold at most {cursor.Remaining / GgufLimits.LeastPairBytes}");

        var metadata = new GgufMetadata(cursor.File);
        for (ulong i = 0; i < pairs; i++)
        {
            cursor.Subject = ("metadata", $"#{i}");
            var key = cursor.ReadString("key", GgufLimits.MaxKeyBytes, "BT1010", "BT1012");
            if (key.Length == 0)
                throw cursor.Refuse("BT1011", "key length", "0", "must be 1 or more");
            cursor.Subject = ("metadata", key);
            if (metadata.Contains(key))
                throw cursor.Refuse("BT1013", "key", "repeated", "each key may appear once");
            metadata[key] = ReadValue(cursor, ReadType(cursor, "value type"));
        }
        return metadata;
    }

    private static GgufValueType ReadType(GgufCursor cursor, string what)
    {
        var type = (GgufValueType)cursor.Read<uint>(what);
        return type <= GgufValueType.F64 ? type : throw cursor.Refuse("BT1014", what, $"{(uint)type}", $"must be 0 to {(uint)GgufValueType.F64}");
    }

    // The first arm is an object so that each number is boxed as what it is, and not widened to a common type.
    private static GgufValue ReadValue(GgufCursor cursor, GgufValueType type) => new(type switch
    {
        GgufValueType.U8 => (object)cursor.Read<byte>("value"),
        GgufValueType.I8 => cursor.Read<sbyte>("value"),
        GgufValueType.U16 => cursor.Read<ushort>("value"),
        GgufValueType.I16 => cursor.Read<short>("value"),
        GgufValueType.U32 => cursor.Read<uint>("value"),
        GgufValueType.I32 => cursor.Read<int>("value"),
        GgufValueType.F32 => cursor.Read<float>("value"),
        GgufValueType.Bool => ReadBool(cursor),
        GgufValueType.String => cursor.ReadString("string", GgufLimits.MaxStringBytes, "BT1017", "BT1012"),
        GgufValueType.U64 => cursor.Read<ulong>("value"),
        GgufValueType.I64 => cursor.Read<long>("value"),
        GgufValueType.F64 => cursor.Read<double>("value"),
        _ => ReadArray(cursor, depth: 1),
    });

    private static Array ReadArray(GgufCursor cursor, int depth)
    {
        if (depth > GgufLimits.MaxArrayDepth)
            throw cursor.Refuse("BT1015", "array depth", $"{depth}", $"at most {GgufLimits.MaxArrayDepth}");
        var type = ReadType(cursor, "array element type");
        var length = cursor.Read<ulong>("array length");
        var least = LeastBytes(type);
        if (length > GgufLimits.MaxArrayElements)
            throw cursor.Refuse("BT1016", "array length", $"{length}", $"at most {GgufLimits.MaxArrayElements} elements");
        if (length > (ulong)(cursor.Remaining / least))
            throw cursor.Refuse("BT1016", "array length", $"{length}", $"the {cursor.Remaining} bytes left hold at most {cursor.Remaining / least} elements of type {type}");

        var count = (int)length;
        return type switch
        {
            GgufValueType.U8 => ReadNumbers<byte>(cursor, count),
            GgufValueType.I8 => ReadNumbers<sbyte>(cursor, count),
            GgufValueType.U16 => ReadNumbers<ushort>(cursor, count),
            GgufValueType.I16 => ReadNumbers<short>(cursor, count),
            GgufValueType.U32 => ReadNumbers<uint>(cursor, count),
            GgufValueType.I32 => ReadNumbers<int>(cursor, count),
            GgufValueType.F32 => ReadNumbers<float>(cursor, count),
            GgufValueType.U64 => ReadNumbers<ulong>(cursor, count),
            GgufValueType.I64 => ReadNumbers<long>(cursor, count),
            GgufValueType.F64 => ReadNumbers<double>(cursor, count),
            GgufValueType.Bool => ReadBools(cursor, count),
            GgufValueType.String => ReadMany(count, () => cursor.ReadString("string", GgufLimits.MaxStringBytes, "BT1017", "BT1012")),
            _ => ReadMany(count, () => new GgufValue(ReadArray(cursor, depth + 1))),
        };
    }

    private static T[] ReadNumbers<T>(GgufCursor cursor, int count)
        where T : unmanaged
    {
        // The bytes are taken first: nothing is allocated for numbers that are not at hand.
        var bytes = cursor.ReadBytes(count * Unsafe.SizeOf<T>());
        var numbers = new T[count];
        bytes.CopyTo(MemoryMarshal.AsBytes(numbers.AsSpan()));
        return numbers;
    }

    private static bool ReadBool(GgufCursor cursor)
    {
        var value = cursor.Read<byte>("value");
        return value <= 1 ? value == 1 : throw BadBool(cursor, value);
    }

    private static bool[] ReadBools(GgufCursor cursor, int count)
    {
        var bytes = cursor.ReadBytes(count);
        var odd = bytes.IndexOfAnyExceptInRange((byte)0, (byte)1);
        if (odd >= 0) throw BadBool(cursor, bytes[odd]);
        return MemoryMarshal.Cast<byte, bool>(bytes).ToArray();
    }

    private static T[] ReadMany<T>(int count, Func<T> read)
    {
        var items = new T[Math.Min(count, FirstRoom)];
        for (var i = 0; i < count; i++)
        {
            if (i == items.Length) Array.Resize(ref items, (int)Math.Min(count, 2L * i));
            items[i] = read();
        }
        return items;
    }

    // What one element takes at the least: a string is never shorter than its length, an array than its type and length.
    private static int LeastBytes(GgufValueType type) => type switch
    {
        GgufValueType.U8 or GgufValueType.I8 or GgufValueType.Bool => 1,
        GgufValueType.U16 or GgufValueType.I16 => 2,
        GgufValueType.U32 or GgufValueType.I32 or GgufValueType.F32 => 4,
        GgufValueType.Array => 4 + 8,
        _ => 8,
    };

    private static ModelFileException BadBool(GgufCursor cursor, byte value) =>
        cursor.Refuse("BT1035", "bool", $"{value}", "must be 0 or 1");
}
