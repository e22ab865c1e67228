namespace Bantam.Kernels.Quant;

/// <summary>
/// Activations rounded to <see cref="Q8_K"/>, of one token or of several side by side, as the integer products read them:
/// all codes, then all scales, then the sums of sixteen neighbours in pairs. Super-blocks are padded with zeros to a
/// multiple of four.
/// </summary>
internal readonly unsafe struct SuperBlockTile
{
    /// <summary>Pairs of sums of a super-block.</summary>
    public const int Pairs = Q8_K.Size / 32;

    /// <summary>The tile of <paramref name="tokens"/> tokens of <paramref name="k"/> elements that begins at <paramref name="data"/>.</summary>
    public SuperBlockTile(byte* data, long k, int tokens)
    {
        var blocks = Blocks(k) * tokens;
        Codes = (sbyte*)data;
        Scales = (float*)(data + (blocks * Q8_K.Size));
        Sums = (int*)(Scales + blocks);
    }

    /// <summary>[blocks, 64, tokens, 4].</summary>
    public readonly sbyte* Codes;

    /// <summary>[blocks, tokens].</summary>
    public readonly float* Scales;

    /// <summary>[blocks, 8, tokens]: two shorts each.</summary>
    public readonly int* Sums;

    /// <summary>Bytes of a tile.</summary>
    public static long Bytes(long k, int tokens) => Blocks(k) * tokens * (Q8_K.Size + 4 + (4 * Pairs));

    /// <summary>Fills the tile from <paramref name="rows"/> rows of Q8_K, one after the other; tokens beyond them become zeros.</summary>
    public void Fill(byte* partner, int rows, long k, int tokens)
    {
        var blocks = k / Q8_K.Size;
        if (rows < tokens || blocks < Blocks(k)) new Span<byte>(Codes, checked((int)Bytes(k, tokens))).Clear();
        var block = (Q8_K.Block*)partner;
        for (long b = 0; b < blocks; b++, block++)
        {
            if (tokens == 1) Buffer.MemoryCopy(block->Q, Codes + (b * Q8_K.Size), Q8_K.Size, Q8_K.Size);
            else if (rows == Tile.Tokens)
                for (var part = 0; part < Q8_K.Size; part += 32) Tile.Interleave((byte*)block->Q + part, blocks * sizeof(Q8_K.Block), (byte*)Codes + (((b * Q8_K.Size) + part) * tokens));
            else
                for (var t = 0; t < rows; t++)
                    for (var i = 0; i < Q8_K.Size / 4; i++) ((int*)Codes)[(((b * Q8_K.Size / 4) + i) * tokens) + t] = ((int*)block[t * blocks].Q)[i];
            for (var t = 0; t < rows; t++)
            {
                Scales[(b * tokens) + t] = block[t * blocks].D;
                for (var i = 0; i < Pairs; i++) Sums[(((b * Pairs) + i) * tokens) + t] = ((int*)block[t * blocks].Sums)[i];
            }
        }
    }

    private static long Blocks(long k) => ((k / Q8_K.Size) + 3) & -4;
}
