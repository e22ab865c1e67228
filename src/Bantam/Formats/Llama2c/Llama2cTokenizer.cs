using System.Buffers.Binary;

namespace Bantam.Formats.Llama2c;

/// <summary>
/// The raw content of a llama2.c <c>tokenizer.bin</c>: pieces and scores in the order of their ids. What they mean
/// (byte pieces, specials, merging by score) is a tokenizer's business.
/// </summary>
/// <remarks>
/// Layout: int32 length of the longest piece, then for each token a float score, an int32 length and that many bytes, all
/// little-endian. The number of tokens is not stored. The export has already replaced SentencePiece's ▁ by a space and put
/// line breaks around <c>&lt;s&gt;</c> and <c>&lt;/s&gt;</c>.
/// </remarks>
public sealed class Llama2cTokenizer
{
    /// <summary>Longest file that is read, in bytes; a vocabulary of 128,000 takes about two million.</summary>
    public const int MaxBytes = 16_000_000;

    private Llama2cTokenizer(int maxPieceBytes, IReadOnlyList<(byte[] Piece, float Score)> tokens)
    {
        MaxPieceBytes = maxPieceBytes;
        Tokens = tokens;
    }

    /// <summary>Length in bytes of the longest piece.</summary>
    public int MaxPieceBytes { get; }

    /// <summary>Pieces (usually UTF-8, not necessarily) and scores; the index is the token's id.</summary>
    public IReadOnlyList<(byte[] Piece, float Score)> Tokens { get; }

    /// <summary>Reads the vocabulary at <paramref name="path"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="vocabSize">How many tokens it must hold, from the checkpoint; null reads to the end of the file.</param>
    /// <exception cref="ModelFileException">It is empty or too large (BT1074), ends inside a token or holds another number of them (BT1075), or a length or score is impossible (BT1076).</exception>
    public static Llama2cTokenizer Read(string path, int? vocabSize = null) => Parse(SmallFile.Read(path, MaxBytes, "BT1074"), path, vocabSize);

    /// <summary>Reads a vocabulary from memory; <paramref name="file"/> is named in refusals.</summary>
    /// <inheritdoc cref="Read"/>
    public static Llama2cTokenizer Parse(ReadOnlySpan<byte> bytes, string file, int? vocabSize = null)
    {
        if (bytes.Length < sizeof(int))
            throw new ModelFileException("BT1074", file, "file length", $"{bytes.Length} bytes", "a tokenizer begins with a 4-byte length");
        var longest = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        if (longest < 1 || longest > bytes.Length)
            throw new ModelFileException("BT1076", file, "max_token_length", $"{longest}", $"it must be from 1 to the length of the file, {bytes.Length}");

        var tokens = new List<(byte[] Piece, float Score)>();
        var rest = bytes[sizeof(int)..];
        while (vocabSize is null ? rest.Length > 0 : tokens.Count < vocabSize)
        {
            var field = $"token {tokens.Count}";
            if (rest.Length < 8)
                throw new ModelFileException("BT1075", file, field, $"cut off with {rest.Length} bytes left", vocabSize is null ? "the file must end with a whole token" : $"the model has {vocabSize} tokens");
            var score = BinaryPrimitives.ReadSingleLittleEndian(rest);
            var length = BinaryPrimitives.ReadInt32LittleEndian(rest[4..]);
            rest = rest[8..];
            if (!float.IsFinite(score))
                throw new ModelFileException("BT1076", file, $"{field} score", $"{score}", "it must be finite");
            if (length < 0 || length > longest)
                throw new ModelFileException("BT1076", file, $"{field} length", $"{length}", $"it must be from 0 to max_token_length, {longest}");
            if (length > rest.Length)
                throw new ModelFileException("BT1075", file, $"{field} length", $"{length}", $"only {rest.Length} bytes are left");
            tokens.Add((rest[..length].ToArray(), score));
            rest = rest[length..];
        }
        if (rest.Length > 0)
            throw new ModelFileException("BT1075", file, $"length after {vocabSize} tokens", $"{rest.Length} bytes more", $"the model has {vocabSize} tokens; is this tokenizer from another model?");
        return new Llama2cTokenizer(longest, tokens);
    }
}
