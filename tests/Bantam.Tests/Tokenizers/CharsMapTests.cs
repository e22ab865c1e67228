using System.Buffers.Binary;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

public class CharsMapTests
{
    private static readonly byte[] Content = CharsMapBuilder.Build(("a", "1"), ("abc", "3"), ("é", "e"), ("e\u0301", "e"), ("日本", "Japan"), ("🦙", "llama"), ("x", ""), ("日", "sun"));

    [Theory]
    [InlineData("a", "1", 1, "1")]
    [InlineData("ab", "1", 1, "1")]
    [InlineData("abcd", "3", 3, "1")]
    [InlineData("é", "e", 1, "e")]
    [InlineData("e", null, 0, null)]
    [InlineData("e\u0301x", "e", 2, "e")]
    [InlineData("日本語", "Japan", 2, "sun")]
    [InlineData("🦙", "llama", 2, "llama")]
    [InlineData("🦚", null, 0, null)]
    [InlineData("x", "", 1, "")]
    [InlineData("", null, 0, null)]
    [InlineData("\0", null, 0, null)]
    [InlineData("本", null, 0, null)]
    public void Keys_are_found_at_the_start_of_a_text(string text, string? longest, int length, string? shortest)
    {
        var map = new CharsMap(Content, "a.model");
        Assert.Equal((longest, length, shortest), (map.Longest(text, out var units), units, map.Shortest(text)));
    }

    public static TheoryData<string, byte[]> Bad => new()
    {
        { "empty", [] },
        { "four bytes", [0, 0, 0, 0] },
        { "no array", [0, 0, 0, 0, 0, 0, 0, 0] },
        { "part of a unit", [6, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
        { "array beyond the end", [8, 0, 0, 0, 0, 0, 0, 0] },
        { "array of four billion bytes", [252, 255, 255, 255, 0, 0, 0, 0] },
        { "larger than any", new byte[CharsMap.MaxBytes + 1] },
        { "replacements not UTF-8", [.. Content, 0xFF, 0] },
        { "replacements cut short", Content[..^1] },
        { "no replacements", Content[..(4 + BinaryPrimitives.ReadInt32LittleEndian(Content))] },
        { "a value beyond", WithLeaf(0x7FFF_FFFF) },
        { "a value within a character", [.. WithLeaf(26), .. "é\0"u8] },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_damaged_map_is_refused(string name, byte[] content)
    {
        var refusal = Assert.Throws<ModelFileException>(() => new CharsMap(content, "bad.model"));
        Assert.True(refusal.Code == "BT1091" && !refusal.Message.Contains('\n'), name);
    }

    [Fact]
    public void A_map_with_changed_units_is_refused_or_bounded()
    {
        var random = new Random(5);
        var size = BinaryPrimitives.ReadInt32LittleEndian(Content);
        var text = string.Concat(Enumerable.Repeat("abc 日本 e\u0301 🦙 x", 50));
        for (var i = 0; i < 1000; i++)
        {
            var changed = (byte[])Content.Clone();
            // Also pointers into the array itself, which make rings.
            for (var n = random.Next(1, 200); n > 0; n--) BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(4 + (4 * random.Next(size / 4))), random.Next(2) == 0 ? random.Next() : (random.Next(size / 4) << 10) | random.Next(512));
            try
            {
                var map = new CharsMap(changed, "changed.model");
                for (var at = 0; at < text.Length; at++)
                {
                    map.Longest(text.AsSpan(at), out var length);
                    Assert.InRange(length, 0, text.Length - at);
                    map.Shortest(text.AsSpan(at));
                }
            }
            catch (ModelFileException refusal)
            {
                Assert.Equal("BT1091", refusal.Code);
            }
        }
    }

    // The value of the key "a": the block of its node is the second.
    private static byte[] WithLeaf(uint value)
    {
        var changed = (byte[])Content.Clone();
        BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(4 + (4 * 512)), 0x8000_0000u | value);
        return changed;
    }
}
