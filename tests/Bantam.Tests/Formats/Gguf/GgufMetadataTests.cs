using Bantam.Formats.Gguf;

namespace Bantam.Tests.Formats.Gguf;

public sealed class GgufMetadataTests
{
    private static readonly GgufMetadata Metadata = new("some.gguf")
    {
        ["u32"] = 5u,
        ["i32"] = -5,
        ["u64"] = new GgufValue(7UL),
        ["big"] = new GgufValue(1L << 31),
        ["huge"] = new GgufValue(ulong.MaxValue),
        ["u8"] = new GgufValue((byte)9),
        ["f32"] = 0.5f,
        ["f64"] = new GgufValue(0.25),
        ["bool"] = true,
        ["string"] = "text",
        ["strings"] = new[] { "a", "b" },
        ["floats"] = new[] { 1f, 2f },
        ["ints"] = new[] { 1, -2 },
        ["u32s"] = new GgufValue(new uint[] { 1, 2 }),
        ["wide"] = new GgufValue(new long[] { 1L << 40 }),
        ["bytes"] = new GgufValue(new byte[] { 1, 2 }),
    };

    [Fact]
    public void Integers_are_read_from_any_width()
    {
        Assert.Equal(5, Metadata.GetInt("u32"));
        Assert.Equal(-5, Metadata.GetInt("i32"));
        Assert.Equal(7, Metadata.GetInt("u64"));
        Assert.Equal(9, Metadata.GetInt("u8"));
        Assert.Equal(1L << 31, Metadata.GetLong("big"));
    }

    [Fact]
    public void Numbers_strings_and_arrays_are_read()
    {
        Assert.Equal(0.5f, Metadata.GetFloat("f32"));
        Assert.Equal(0.25f, Metadata.GetFloat("f64"));
        Assert.Equal(5f, Metadata.GetFloat("u32"));
        Assert.Equal((float)ulong.MaxValue, Metadata.GetFloat("huge"));
        Assert.True(Metadata.GetBool("bool"));
        Assert.Equal("text", Metadata.GetString("string"));
        Assert.Equal(["a", "b"], Metadata.GetStrings("strings"));
        Assert.Equal([1f, 2f], Metadata.GetFloats("floats"));
        Assert.Equal([1, -2], Metadata.GetInts("ints"));
        Assert.Equal([1, 2], Metadata.GetInts("u32s"));
        Assert.Equal([1, 2], Metadata.GetInts("bytes"));
    }

    [Fact]
    public void An_absent_key_gives_the_fallback_and_a_present_one_its_value()
    {
        Assert.Equal(3, Metadata.GetInt("absent", 3));
        Assert.Equal(5, Metadata.GetInt("u32", 3));
        Assert.Equal(3f, Metadata.GetFloat("absent", 3f));
        Assert.True(Metadata.GetBool("absent", true));
        Assert.Equal("none", Metadata.GetString("absent", "none"));
        Assert.False(Metadata.TryGet("absent", out _));
    }

    private static readonly Dictionary<string, Action> Wrong = new()
    {
        ["int from string"] = () => Metadata.GetInt("string"),
        ["int from float"] = () => Metadata.GetInt("f32"),
        ["int from bool"] = () => Metadata.GetInt("bool"),
        ["int from array"] = () => Metadata.GetInt("ints"),
        ["int from 2^31"] = () => Metadata.GetInt("big"),
        ["long from 2^64 - 1"] = () => Metadata.GetLong("huge"),
        ["int with fallback from string"] = () => Metadata.GetInt("string", 3),
        ["float from string"] = () => Metadata.GetFloat("string"),
        ["float from bool"] = () => Metadata.GetFloat("bool"),
        ["bool from integer"] = () => Metadata.GetBool("u32"),
        ["string from integer"] = () => Metadata.GetString("u32"),
        ["strings from string"] = () => Metadata.GetStrings("string"),
        ["floats from bytes"] = () => Metadata.GetFloats("bytes"),
        ["floats from integers"] = () => Metadata.GetFloats("ints"),
        ["ints from floats"] = () => Metadata.GetInts("floats"),
        ["ints from 2^40"] = () => Metadata.GetInts("wide"),
        ["absent"] = () => Metadata.GetInt("absent"),
        ["absent array"] = () => Metadata.GetStrings("absent"),
    };

    public static TheoryData<string> WrongNames => [.. Wrong.Keys];

    [Theory]
    [MemberData(nameof(WrongNames))]
    public void A_value_of_another_type_is_refused_by_key_and_type(string name)
    {
        var refusal = Assert.Throws<ModelFileException>(Wrong[name]);
        Assert.Equal("BT1035", refusal.Code);
        Assert.StartsWith("some.gguf: metadata '", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_message_says_what_was_found()
    {
        var refusal = Assert.Throws<ModelFileException>(() => Metadata.GetInts("floats"));
        Assert.Equal("some.gguf: metadata 'floats' is F32[2]; must be an array of integers that fit 32 bits (BT1035)", refusal.Message);
    }

    [Fact]
    public void Setting_a_key_again_keeps_its_place()
    {
        var metadata = new GgufMetadata { ["a"] = 1, ["b"] = 2 };
        metadata["a"] = 3;
        Assert.Equal([("a", 3), ("b", 2)], metadata.Pairs.Select(p => (p.Key, (int)p.Value.Value)));
    }

    [Theory]
    [InlineData(1.5)]
    [InlineData('c')]
    public void Only_types_that_the_format_has_become_values(object value)
    {
        if (value is double) Assert.Equal(GgufValueType.F64, new GgufValue(value).Type);
        else Assert.Throws<ArgumentException>(() => new GgufValue(value));
    }

    [Fact]
    public void Arrays_of_scalars_must_be_typed_arrays() =>
        Assert.Throws<ArgumentException>(() => new GgufValue(new GgufValue[] { 1, 2 }));
}
