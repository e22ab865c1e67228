using System.Buffers.Binary;
using System.Text;

namespace Bantam.Tests.Formats.Llama2c;

/// <summary>Builds llama2.c files byte by byte.</summary>
internal static class Llama2cBytes
{
    public const int C = 8, F = 6, L = 2, H = 2, Kv = 1, V = 16, T = 4;

    public static byte[] Header(params int[] fields)
    {
        var bytes = new byte[4 * fields.Length];
        for (var i = 0; i < fields.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4 * i), fields[i]);
        return bytes;
    }

    /// <summary>A legal checkpoint whose n-th value is n.</summary>
    public static byte[] Checkpoint(bool tied = true)
    {
        const int D = C / H;
        var values = (V * C) + (L * ((2 * C) + (2 * C * C) + (2 * Kv * D * C) + (3 * F * C))) + C + (T * D) + (tied ? 0 : V * C);
        var weights = new byte[4 * values];
        for (var i = 0; i < values; i++)
            BinaryPrimitives.WriteSingleLittleEndian(weights.AsSpan(4 * i), i);
        return [.. Header(C, F, L, H, Kv, tied ? V : -V, T), .. weights];
    }

    /// <summary>A legal vocabulary; the score of token i is -i.</summary>
    public static byte[] Tokenizer(params string[] pieces)
    {
        var bytes = new List<byte>(Header(pieces.Max(Encoding.UTF8.GetByteCount)));
        for (var i = 0; i < pieces.Length; i++)
        {
            var piece = Encoding.UTF8.GetBytes(pieces[i]);
            bytes.AddRange(BitConverter.GetBytes((float)-i));
            bytes.AddRange(Header(piece.Length));
            bytes.AddRange(piece);
        }
        return [.. bytes];
    }
}
