using System.Runtime.InteropServices;
using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Benchmarks.Models;

/// <summary>
/// Weights at the speed of copying: Gaussian numbers are encoded once in a format, and a tensor is any of these blocks in any
/// order. Numbers of one block belong together; no two rows are alike.
/// </summary>
internal sealed unsafe class RandomBlocks
{
    private const int Elements = 1 << 18;
    // Formats without blocks are copied in pieces as long as the shorter blocks.
    private const int Piece = 32;
    private const int BufferBytes = 1 << 22;

    private readonly byte[] _pool;
    private readonly int _pieceBytes;
    private readonly Random _random;
    private readonly byte[] _buffer;

    /// <summary>Encodes numbers of the standard deviation <paramref name="sigma"/>.</summary>
    public RandomBlocks(DType type, double sigma, int seed)
    {
        _random = new Random(seed);
        _pool = new byte[type.Bytes(Elements)];
        _pieceBytes = (int)type.Bytes(Math.Max(Piece, type.BlockSize));
        _buffer = new byte[BufferBytes / _pieceBytes * _pieceBytes];
        var numbers = new float[Elements];
        foreach (ref var number in numbers.AsSpan()) number = (float)(sigma * Gauss(_random));
        fixed (float* from = numbers)
        fixed (byte* to = _pool)
            BlockFormats.Of(type).Quantize(from, to, Elements);
    }

    /// <summary>Writes <paramref name="bytes"/> bytes, a multiple of a piece.</summary>
    public void Write(Stream stream, long bytes)
    {
        var pieces = _pool.Length / _pieceBytes;
        for (long at = 0; at < bytes; at += _buffer.Length)
        {
            var part = _buffer.AsSpan(0, (int)Math.Min(_buffer.Length, bytes - at));
            for (var i = 0; i < part.Length; i += _pieceBytes) _pool.AsSpan(_random.Next(pieces) * _pieceBytes, _pieceBytes).CopyTo(part[i..]);
            stream.Write(part);
        }
    }

    /// <summary>A vector of numbers around <paramref name="mean"/>: one for the gains of a normalisation, zero for biases.</summary>
    public static void WriteVector(Stream stream, long count, double mean, Random random)
    {
        var vector = new float[count];
        foreach (ref var value in vector.AsSpan()) value = (float)(mean + (0.05 * Gauss(random)));
        stream.Write(MemoryMarshal.AsBytes(vector.AsSpan()));
    }

    // Box and Muller.
    private static double Gauss(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
