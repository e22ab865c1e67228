using Bantam.Formats.Gguf;
using Bantam.Tests.Formats;

namespace Bantam.Tests.Hostile;

/// <summary>Thousands of small valid files, each damaged where it hurts: they load, or are refused, and nothing else happens.</summary>
public sealed class GgufFuzzTests
{
    private static readonly ulong[] Interesting =
    [
        0, 1, 2, 3, 4, 7, 8, 9, 12, 13, 31, 32, 33, 63, 64, 65, 127, 128, 255, 256, 65_535, 65_536,
        int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32, 1UL << 58, 1UL << 59, (1UL << 61) + 1,
        long.MaxValue - 63, long.MaxValue, 1UL << 63, ulong.MaxValue - 31, ulong.MaxValue - 1, ulong.MaxValue,
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_damaged_file_loads_or_is_refused(int seed)
    {
        var random = new Random(seed);
        var loaded = 0;
        var refused = 0;
        for (var i = 0; i < 5000; i++)
        {
            var bytes = Damage(random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var known = random.Next(4) > 0;
                if (GgufHeader.TryRead(bytes, "fuzz.gguf", known ? bytes.Length : null, out var header))
                {
                    loaded++;
                    if (known) AllTensorsLieInside(header, bytes.Length);
                }
            }
            catch (ModelFileException refusal)
            {
                refused++;
                Assert.DoesNotContain(refusal.Message, char.IsControl);
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }
        // The damage is neither always fatal nor always harmless; otherwise this test would not test.
        Assert.InRange(loaded, 100, 4000);
        Assert.InRange(refused, 1000, 4900);
    }

    [Fact]
    public void Every_truncation_is_refused_and_every_prefix_asks_for_more()
    {
        var source = new GgufBytes { DataBytes = 144 };
        var whole = source.Build();
        var headerEnd = source.Fields[^1].Start + source.Fields[^1].Length;
        for (var length = 0; length < whole.Length; length++)
        {
            var start = whole.AsSpan(0, length).ToArray();
            Assert.Throws<ModelFileException>(() => GgufHeader.TryRead(start, "cut.gguf", length, out _));
            Assert.Equal(length >= headerEnd, GgufHeader.TryRead(start, "start.gguf", whole.Length, out _));
            Assert.Equal(length >= headerEnd, GgufHeader.TryRead(start, "start.gguf", null, out _));
        }
    }

    [Fact]
    public void A_damaged_file_that_loads_from_disk_gives_all_its_bytes()
    {
        using var folder = new ScratchFolder();
        var random = new Random(99);
        for (var i = 0; i < 300; i++)
        {
            var path = folder.Write("fuzz.gguf", Damage(random));
            try
            {
                using var file = GgufFile.Open(path);
                foreach (var tensor in file.Tensors) Touch(file, tensor.Name);
            }
            catch (ModelFileException)
            {
            }
        }
    }

    private static unsafe void Touch(GgufFile file, string name)
    {
        var tensor = file.Tensor(name);
        _ = tensor.Data[0] + tensor.Data[tensor.Bytes - 1];
    }

    private static void AllTensorsLieInside(GgufHeader header, long length)
    {
        foreach (var tensor in header.Tensors)
        {
            Assert.InRange(tensor.Offset, 0, length);
            Assert.InRange(header.DataOffset + tensor.Offset + tensor.Bytes, 1, length);
        }
    }

    private static byte[] Damage(Random random)
    {
        var source = new GgufBytes { Version = random.Next(5) == 0 ? 2u : 3u };
        var bytes = source.Build();
        for (var wounds = random.Next(1, 4); wounds > 0; wounds--)
        {
            var (start, length) = source.Fields[random.Next(source.Fields.Count)];
            start = Math.Min(start, bytes.Length - 1);
            length = Math.Min(length, bytes.Length - start);
            switch (random.Next(6))
            {
                case 0: // a field becomes a number that tends to hurt
                    var number = GgufBytes.U64(Interesting[random.Next(Interesting.Length)]);
                    number.AsSpan(0, Math.Min(8, length)).CopyTo(bytes.AsSpan(start));
                    break;
                case 1: // one bit flips
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                    break;
                case 2: // a field moves by one
                    bytes[start] += (byte)(random.Next(2) == 0 ? 1 : 255);
                    break;
                case 3: // a field is left out
                    if (length < bytes.Length) bytes = [.. bytes[..start], .. bytes[(start + length)..]];
                    break;
                case 4: // a field comes twice
                    bytes = [.. bytes[..(start + length)], .. bytes[start..]];
                    break;
                default: // the end is missing, or there is more of it
                    bytes = random.Next(2) == 0 ? bytes[..random.Next(1, bytes.Length + 1)] : [.. bytes, .. new byte[random.Next(64)]];
                    break;
            }
        }
        return bytes;
    }
}
