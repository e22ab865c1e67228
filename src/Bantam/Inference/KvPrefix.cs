using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Bantam.Execution;
using Bantam.Formats;
using Bantam.Tensors;

namespace Bantam.Inference;

/// <summary>
/// The beginning of a text in a file: its tokens, and their keys and values as a cache holds them. Whoever reads it goes on
/// as if they had been computed, bit for bit; so it is taken only for the same model, types and page size, and only whole.
/// </summary>
/// <remarks>
/// Numbers are little-endian. Magic, version (4 bytes), SHA-256 of all that follows (32); SHA-256 of what names the model (32),
/// page size, layers, heads, head width, ids of the key and the value type, number of tokens n (4 each); n tokens (4
/// each); the first page of each layer (4 each), as those behind a window are gone; then layer by layer, page by page and
/// head by head the filled rows, keys before values.
/// </remarks>
public static unsafe class KvPrefix
{
    /// <summary>Counts up where the layout changes, and where the same tokens come to other keys and values.</summary>
    private const int Version = 1;

    private const int HashAt = 12;
    private const int ContentAt = HashAt + SHA256.HashSizeInBytes;
    private const int NumbersAt = ContentAt + SHA256.HashSizeInBytes;
    private const int Numbers = 7;
    private const int HeaderBytes = NumbersAt + (4 * Numbers);

    private static ReadOnlySpan<byte> Magic => "BANTAMKV"u8;

    /// <summary>Writes what <paramref name="sequence"/> holds; the file is whole at every moment.</summary>
    /// <param name="path">A new file, or one to be replaced.</param>
    /// <param name="cache">Holds the keys and values.</param>
    /// <param name="sequence">Which text of the cache.</param>
    /// <param name="tokens">The tokens of that text, all of them.</param>
    /// <param name="model">Names the model, and whatever else its keys and values depend on.</param>
    public static void Save(string path, KvCache cache, int sequence, IReadOnlyList<int> tokens, string model)
    {
        if (tokens.Count == 0 || tokens.Count != cache.Length(sequence))
            throw new ArgumentException($"{tokens.Count} tokens for the {cache.Length(sequence)} positions of sequence {sequence}", nameof(tokens));
        AtomicFile.Write(path, stream =>
        {
            var start = new byte[ContentAt];
            Magic.CopyTo(start);
            BinaryPrimitives.WriteInt32LittleEndian(start.AsSpan(8), Version);
            stream.Write(start);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Write(SHA256.HashData(Encoding.UTF8.GetBytes(model)));
            foreach (var number in (ReadOnlySpan<int>)[KvCache.PageSize, cache.Layers, cache.KvHeads, cache.HeadDim, cache.KeyType.GgmlType, cache.ValueType.GgmlType, tokens.Count])
                WriteNumber(number);
            foreach (var token in tokens) WriteNumber(token);
            for (var layer = 0; layer < cache.Layers; layer++) WriteNumber(cache.Pages(layer, sequence).From);
            for (var layer = 0; layer < cache.Layers; layer++)
                for (var (page, end) = cache.Pages(layer, sequence); page < end; page++)
                    for (var head = 0; head < cache.KvHeads; head++)
                    {
                        var rows = Rows(page, tokens.Count);
                        Write(new(cache.Keys(layer, sequence, page, head), (int)(rows * cache.KeyType.Bytes(cache.HeadDim))));
                        Write(new(cache.Values(layer, sequence, page, head), (int)(rows * cache.ValueType.Bytes(cache.HeadDim))));
                    }
            stream.Position = HashAt;
            stream.Write(hash.GetHashAndReset());

            void WriteNumber(int number)
            {
                Span<byte> bytes = stackalloc byte[4];
                BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
                Write(bytes);
            }

            void Write(ReadOnlySpan<byte> bytes)
            {
                hash.AppendData(bytes);
                stream.Write(bytes);
            }
        });
    }

    /// <summary>
    /// Makes <paramref name="sequence"/> hold what a file does, as far as <paramref name="wanted"/> begins with the same tokens and the
    /// cache has room for them, and returns those tokens; none, where windows have moved on beyond that place.
    /// </summary>
    /// <param name="path">A file that <see cref="Save"/> wrote.</param>
    /// <param name="cache">Receives the keys and values.</param>
    /// <param name="sequence">Which text of the cache; what it held is forgotten.</param>
    /// <param name="model">Names the model, as when it was saved.</param>
    /// <param name="wanted">The text that is to begin so, or null for whatever is in the file.</param>
    /// <exception cref="BantamException">Not such a file, cut or damaged (BT3013); of another version (BT3014), or of another model or cache (BT3015); no pages for it (BT3011).</exception>
    public static int[] Load(string path, KvCache cache, int sequence, string model, IReadOnlyList<int>? wanted = null)
    {
        cache.Truncate(sequence, 0);
        using var map = new MappedFile(path);
        var header = Header(path, map);
        if (header.Model != Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(model))))
            throw new ModelFileException("BT3015", path, "model", "another", "the same file, configuration and, where positions depend on it, context are needed; remove this one to begin anew");
        foreach (var (field, found, needed) in (ReadOnlySpan<(string, int, int)>)
        [
            ("page size", header.PageSize, KvCache.PageSize), ("layers", header.Layers, cache.Layers), ("heads", header.Heads, cache.KvHeads), ("head width", header.HeadDim, cache.HeadDim),
        ])
            if (found != needed) throw new ModelFileException("BT3015", path, field, $"{found}", $"this cache has {needed}");
        foreach (var (field, found, needed) in (ReadOnlySpan<(string, int, DType)>)[("key type", header.KeyType, cache.KeyType), ("value type", header.ValueType, cache.ValueType)])
            if (found != needed.GgmlType) throw new ModelFileException("BT3015", path, field, TypeName(found), $"this cache has {needed}; ask for the same type, or remove the file to begin anew");

        var (tokens, firsts, dataAt) = Tables(path, map, cache, header.Tokens);
        var length = Math.Min(wanted is null ? tokens.Length : Shared(tokens, wanted), cache.Capacity);
        if (length == 0 || !cache.Suffices(firsts, length)) return [];
        cache.Fill(sequence, length, firsts);
        Copy(map.Data + dataAt, cache, sequence, firsts, tokens.Length, length);
        return tokens[..length];
    }

    private static Head Header(string path, MappedFile map)
    {
        if (map.Length < HeaderBytes || !new ReadOnlySpan<byte>(map.Data, Magic.Length).SequenceEqual(Magic))
            throw new ModelFileException("BT3013", path, "content", "something else", "expected the beginning of a text with its keys and values");
        if (Number(map, 8) is not Version and var version)
            throw new ModelFileException("BT3014", path, "version", $"{version}", $"{Version} is read; remove the file to begin anew");
        if (!Hash(map).AsSpan().SequenceEqual(new ReadOnlySpan<byte>(map.Data + HashAt, SHA256.HashSizeInBytes)))
            throw new ModelFileException("BT3013", path, "content", "damaged", "it is not what was written there; remove the file to begin anew");
        return new(
            Convert.ToHexString(new ReadOnlySpan<byte>(map.Data + ContentAt, SHA256.HashSizeInBytes)), Number(map, NumbersAt), Number(map, NumbersAt + 4), Number(map, NumbersAt + 8),
            Number(map, NumbersAt + 12), Number(map, NumbersAt + 16), Number(map, NumbersAt + 20), Number(map, NumbersAt + 24));
    }

    // A file can have any content and the hash of it: lengths are checked against what there is before anything is taken.
    private static (int[] Tokens, int[] Firsts, long DataAt) Tables(string path, MappedFile map, KvCache cache, int count)
    {
        var dataAt = HeaderBytes + (4 * ((long)count + cache.Layers));
        if (count < 1 || dataAt > map.Length) throw Cut($"{count} tokens");
        var tokens = new int[count];
        for (var i = 0; i < count; i++) tokens[i] = Number(map, HeaderBytes + (4L * i));
        var firsts = new int[cache.Layers];
        var rows = 0L;
        for (var layer = 0; layer < firsts.Length; layer++)
        {
            var first = firsts[layer] = Number(map, HeaderBytes + (4 * ((long)count + layer)));
            if ((uint)first >= (uint)KvPages.Entries(count)) throw Cut($"first page {first}");
            rows += count - ((long)first * KvCache.PageSize);
        }
        var bytes = (Int128)rows * cache.KvHeads * RowBytes(cache);
        return dataAt + bytes == map.Length ? (tokens, firsts, dataAt) : throw Cut($"{count} tokens in {map.Length} bytes");

        ModelFileException Cut(string found) => new("BT3013", path, "length", found, "that does not fit together; remove the file to begin anew");
    }

    private static void Copy(byte* data, KvCache cache, int sequence, int[] firsts, int stored, int length)
    {
        var (keyRow, valueRow) = (cache.KeyType.Bytes(cache.HeadDim), cache.ValueType.Bytes(cache.HeadDim));
        for (var layer = 0; layer < firsts.Length; layer++)
        {
            for (var page = firsts[layer]; page < KvPages.Entries(stored); page++)
            {
                var (there, taken) = (Rows(page, stored), Rows(page, length));
                for (var head = 0; head < cache.KvHeads; head++, data += there * (keyRow + valueRow))
                {
                    if (taken <= 0 || page < cache.Pages(layer, sequence).From) continue;
                    Buffer.MemoryCopy(data, cache.Keys(layer, sequence, page, head), taken * keyRow, taken * keyRow);
                    Buffer.MemoryCopy(data + (there * keyRow), cache.Values(layer, sequence, page, head), taken * valueRow, taken * valueRow);
                }
            }
        }
    }

    // Rows of a page in a text of so many positions; not above 0 where it ends before.
    private static int Rows(int page, int length) => Math.Min(KvCache.PageSize, length - (page * KvCache.PageSize));

    private static long RowBytes(KvCache cache) => cache.KeyType.Bytes(cache.HeadDim) + cache.ValueType.Bytes(cache.HeadDim);

    private static int Shared(int[] tokens, IReadOnlyList<int> wanted)
    {
        var shared = 0;
        while (shared < Math.Min(tokens.Length, wanted.Count) && tokens[shared] == wanted[shared]) shared++;
        return shared;
    }

    private static byte[] Hash(MappedFile map)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long at = ContentAt; at < map.Length; at += 1 << 24) hash.AppendData(new ReadOnlySpan<byte>(map.Data + at, (int)Math.Min(1 << 24, map.Length - at)));
        return hash.GetHashAndReset();
    }

    private static int Number(MappedFile map, long at) => BinaryPrimitives.ReadInt32LittleEndian(new(map.Data + at, 4));

    private static string TypeName(int id) => DType.TryFromGgml((uint)id, out var type) ? type.Name : $"{id}";

    private readonly record struct Head(string Model, int PageSize, int Layers, int Heads, int HeadDim, int KeyType, int ValueType, int Tokens);
}
