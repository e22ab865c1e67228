using System.Buffers.Binary;

namespace Bantam.Tokenizers;

/// <summary>
/// Walks the fields of one protocol buffers message (protobuf.dev, "Encoding"). Every length is held against the bytes
/// that are left; groups, long deprecated, are refused. Refusals carry BT1047.
/// </summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message, string file, string name)
{
    private ReadOnlySpan<byte> _rest = message;
    private int _wire;

    /// <summary>The number of the field that <see cref="Next"/> stopped at.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field; false at the end. The value must then be read or skipped.</summary>
    public bool Next()
    {
        if (_rest.IsEmpty) return false;
        var tag = RawVarint();
        if (tag >> 3 is 0 or > (1 << 29) - 1) throw Refuse("field number", $"{tag >> 3}", "must be 1 to 536870911");
        (Field, _wire) = ((int)(tag >> 3), (int)(tag & 7));
        return true;
    }

    /// <summary>A varint value: int32, enum or bool, with protobuf's own truncation to 32 bits.</summary>
    public int Int32()
    {
        Expect(0);
        return unchecked((int)RawVarint());
    }

    /// <summary>A varint value as a truth value.</summary>
    public bool Bool() => Int32() != 0;

    /// <summary>A 32-bit floating-point value.</summary>
    public float Float()
    {
        Expect(5);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(4));
    }

    /// <summary>A length-delimited value: bytes, a string or a message, as a view of the input.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        Expect(2);
        return Take(RawVarint());
    }

    /// <summary>Passes over a value of any kind.</summary>
    public void Skip()
    {
        switch (_wire)
        {
            case 0: RawVarint(); break;
            case 1: Take(8); break;
            case 2: Take(RawVarint()); break;
            case 5: Take(4); break;
            default: throw Refuse($"wire type of field {Field}", $"{_wire}", "must be 0, 1, 2 or 5");
        }
    }

    private ulong RawVarint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
        throw Refuse("varint", "longer than 10 bytes", "must end within 10");
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)_rest.Length) throw Refuse("length of a value", $"{length}", $"must fit the {_rest.Length} bytes that are left");
        var taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }

    private readonly void Expect(int wire)
    {
        if (_wire != wire) throw Refuse($"wire type of field {Field}", $"{_wire}", $"must be {wire}");
    }

    private readonly ModelFileException Refuse(string field, string value, string limit) => new("BT1047", file, $"{name} {field}", value, limit);
}
