using System.Text;
using Bantam.Formats.Safetensors;
using static Bantam.Tests.Formats.Safetensors.SafetensorsBytes;

namespace Bantam.Tests.Hostile;

/// <summary>Seeded mutations of small valid files: each is read or refused by name, and nothing else escapes.</summary>
public sealed class SafetensorsFuzzTests
{
    private static readonly string[] Tokens =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\\u0000", "\\ud800", "null", "true", "-1", "0", "1e309", "4.0",
        "9223372036854775807", "9223372036854775808", "18446744073709551615", "\"a\"", "\"F4\"", "\"BF16\"", "\"I64\"",
        "\"dtype\"", "\"shape\"", "\"data_offsets\"", "\"__metadata__\"", "[0,0]", "[0,16]", " ", "\0", "\uFFFD",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_mutated_file_is_read_or_refused(int seed)
    {
        var random = new Random(seed);
        var codes = new Dictionary<string, int>();
        for (var i = 0; i < 10_000; i++)
        {
            var bytes = Mutate(Encoding.UTF8.GetBytes(MinimalHeader), random);
            var file = Build(bytes, random.Next(8) == 0 ? random.Next(40) : 24);
            if (random.Next(8) == 0)
                file[random.Next(8)] ^= (byte)(1 << random.Next(8));
            var outcome = Outcome(() =>
            {
                var header = SafetensorsHeader.Parse(file, "fuzz.safetensors", file.Length);
                Assert.Equal(file.Length, header.FileLength);
                Assert.Equal(header.DataLength, header.Tensors.Sum(t => t.Bytes));
                Assert.All(header.Tensors, t => Assert.Equal(t.Bytes, t.DType.Bytes(t.Shape.Count)));
            });
            codes[outcome] = codes.GetValueOrDefault(outcome) + 1;
        }
        // A fuzzer that always meets the same refusal tests nothing.
        Assert.True(codes.ContainsKey("read"), "no mutant was legal");
        Assert.True(codes.Count >= 7, $"only {string.Join(", ", codes)}");
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void A_mutated_index_is_read_or_refused(int seed)
    {
        var random = new Random(seed);
        var index = """{"metadata":{"total_size":24,"x":[NaN]},"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}}"""u8.ToArray();
        var codes = new HashSet<string>();
        for (var i = 0; i < 10_000; i++)
        {
            var bytes = Mutate(index, random);
            codes.Add(Outcome(() => SafetensorsIndex.Parse(bytes, SafetensorsIndex.FileName)));
        }
        Assert.Superset(new HashSet<string> { "read", "BT1051", "BT1052", "BT1059" }, codes);
    }

    private static string Outcome(Action parse)
    {
        try
        {
            parse();
            return "read";
        }
        catch (ModelFileException e)
        {
            Assert.DoesNotContain(e.Message, char.IsControl);
            return e.Code;
        }
    }

    private static byte[] Mutate(byte[] valid, Random random)
    {
        var bytes = valid.ToList();
        for (var edits = random.Next(1, 4); edits > 0 && bytes.Count > 0; edits--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 24), bytes.Count - at);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                case 3:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Tokens[random.Next(Tokens.Length)]));
                    break;
                case 4:
                    bytes[at] = (byte)random.Next(256);
                    break;
                default:
                    ReplaceNumber(bytes, at, random);
                    break;
            }
        }
        return [.. bytes];
    }

    // Puts another token in the place of the next number, which keeps the JSON whole and reaches the later checks.
    private static void ReplaceNumber(List<byte> bytes, int from, Random random)
    {
        var at = bytes.FindIndex(from, b => b is >= (byte)'0' and <= (byte)'9');
        if (at < 0) return;
        var end = bytes.FindIndex(at, b => b is < (byte)'0' or > (byte)'9');
        bytes.RemoveRange(at, (end < 0 ? bytes.Count : end) - at);
        var value = random.Next(3) switch { 0 => random.Next(40), 1 => 1L << random.Next(63), _ => random.NextInt64() };
        bytes.InsertRange(at, Encoding.ASCII.GetBytes($"{value}"));
    }
}
