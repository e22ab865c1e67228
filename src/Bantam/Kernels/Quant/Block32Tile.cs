using System.Runtime.Intrinsics;

namespace Bantam.Kernels.Quant;

/// <summary>
/// Rounded activations of one token, or of several side by side, as the integer products read them: all codes, then all
/// scales, then a term per block (what the offset of the weights' codes makes of the sum of its codes, or what stands in for
/// it where the weights have minima). Of several tokens, four codes of the first lie before four codes of the second, and so
/// on: a broadcast takes them as one integer. Of one token, blocks i and i + 4 lie side by side, in the order of
/// <see cref="IBlock32.Pair"/>, where registers have 512 bits. Blocks are padded with zeros to a multiple of the lanes.
/// </summary>
internal readonly unsafe struct Block32Tile
{
    /// <summary>Elements of a block.</summary>
    public const int Size = 32;

    /// <summary>The tile of <paramref name="tokens"/> tokens of <paramref name="k"/> elements that begins at <paramref name="data"/>.</summary>
    public Block32Tile(byte* data, long k, int tokens)
    {
        var blocks = Blocks(k) * tokens;
        Codes = (sbyte*)data;
        Scales = (float*)(data + (blocks * Size));
        Terms = (int*)(Scales + blocks);
    }

    /// <summary>[blocks, 8, tokens, 4].</summary>
    public readonly sbyte* Codes;

    /// <summary>[blocks, tokens].</summary>
    public readonly float* Scales;

    /// <summary>[blocks, tokens]: integers, or the floats of <see cref="Q8_1.Sum"/>.</summary>
    public readonly int* Terms;

    /// <summary>Bytes of a tile.</summary>
    public static long Bytes(long k, int tokens) => Blocks(k) * tokens * (Size + 8);

    /// <summary>Fills the tile from <paramref name="rows"/> rows of the partner, one after the other; tokens beyond them become zeros.</summary>
    public void Fill<TFormat>(byte* partner, int rows, long k, int tokens)
        where TFormat : struct, IBlock32
    {
        var bytes = TFormat.HasMinimum ? Q8_1.Bytes : Q8_0.Bytes;
        var (blocks, stride) = (k / Size, k / Size * bytes);
        if (rows < tokens || blocks < Blocks(k)) new Span<byte>(Codes, checked((int)Bytes(k, tokens))).Clear();
        for (long b = 0; b < blocks; b++, partner += bytes)
        {
            var codes = partner + bytes - Size;
            if (rows == Tile.Tokens) Tile.Interleave(codes, stride, (byte*)Codes + (b * Size * tokens));
            else if (tokens == 1 && Simd512.IsSupported) Pair<TFormat>(codes, b);
            else
                for (var t = 0; t < rows; t++)
                    for (var i = 0; i < 8; i++) ((int*)Codes)[(((b * 8) + i) * tokens) + t] = ((int*)(codes + (t * stride)))[i];
            for (var t = 0; t < rows; t++)
            {
                Scales[(b * tokens) + t] = Q8_0.Scale(partner + (t * stride));
                if (TFormat.HasMinimum) ((float*)Terms)[(b * tokens) + t] = Q8_1.Sum(partner + (t * stride));
                else Terms[(b * tokens) + t] = Offset<TFormat>(tokens) * Int8Lanes.Sum(Vector256.Create((sbyte)1), (sbyte*)codes + (t * stride), isSigned: false);
            }
        }
    }

    // A panel's codes are never negative: signed ones are shifted by 128.
    private static int Offset<TFormat>(int tokens)
        where TFormat : struct, IBlock32 => tokens > 1 && TFormat.IsSigned ? 128 : TFormat.Offset;

    private void Pair<TFormat>(byte* codes, long b)
        where TFormat : struct, IBlock32
    {
        // Eight blocks are four pairs; block i is the first or the second of pair i mod 4.
        var to = (byte*)Codes + (b / 8 * 8 * Size) + (b % 4 * 2 * Size);
        var isSecond = b % 8 / 4;
        var (half, distance) = TFormat.IsNibbled ? (Size / 2, Size) : (Size, Size / 2);
        Vector128.Load(codes).Store(to + (isSecond * half));
        Vector128.Load(codes + 16).Store(to + (isSecond * half) + distance);
    }

    private static long Blocks(long k) => ((k / Size) + Lanes.Count - 1) & -Lanes.Count;
}
