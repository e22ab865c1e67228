using System.Buffers.Binary;
using System.Text;

namespace Bantam.Tests.Formats.Safetensors;

/// <summary>Builds safetensors files byte by byte, without the writer under test.</summary>
internal static class SafetensorsBytes
{
    /// <summary>Two tensors, 24 bytes of data, legal in every respect.</summary>
    public const string MinimalHeader =
        """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"F16","shape":[4],"data_offsets":[16,24]}}""";

    public static byte[] Minimal => Build(MinimalHeader, 24);

    public static byte[] Build(string header, int dataBytes) => Build(Encoding.UTF8.GetBytes(header), dataBytes);

    public static byte[] Build(byte[] header, int dataBytes) => WithLength((ulong)header.Length, header, dataBytes);

    public static byte[] WithLength(ulong headerLength, byte[] header, int dataBytes)
    {
        var bytes = new byte[8 + header.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, headerLength);
        header.CopyTo(bytes, 8);
        return bytes;
    }

    /// <summary>The file with one tensor of this shape and these offsets, and as many bytes of data as said.</summary>
    public static byte[] One(string dtype, string shape, string offsets, int dataBytes) =>
        Build($$$"""{"a":{"dtype":"{{{dtype}}}","shape":{{{shape}}},"data_offsets":{{{offsets}}}}}""", dataBytes);
}
