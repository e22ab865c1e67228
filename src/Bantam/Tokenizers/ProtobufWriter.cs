using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Bantam.Tokenizers;

/// <summary>Builds one protocol buffers message (protobuf.dev, "Encoding").</summary>
internal sealed class ProtobufWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    /// <summary>An int32, enum or bool; negative numbers take ten bytes, as the encoding wants.</summary>
    public void Int32(int field, int value)
    {
        Varint((uint)field << 3);
        Varint((ulong)(long)value);
    }

    public void Bool(int field, bool value) => Int32(field, value ? 1 : 0);

    public void Float(int field, float value)
    {
        Varint(((uint)field << 3) | 5);
        BinaryPrimitives.WriteSingleLittleEndian(_bytes.GetSpan(4), value);
        _bytes.Advance(4);
    }

    public void String(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public void Message(int field, ProtobufWriter message) => Bytes(field, message.Written);

    public void Clear() => _bytes.ResetWrittenCount();

    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Varint(((uint)field << 3) | 2);
        Varint((uint)value.Length);
        _bytes.Write(value);
    }

    private void Varint(ulong value)
    {
        var span = _bytes.GetSpan(10);
        var length = 0;
        for (; value >= 0x80; value >>= 7) span[length++] = (byte)(value | 0x80);
        span[length++] = (byte)value;
        _bytes.Advance(length);
    }
}
