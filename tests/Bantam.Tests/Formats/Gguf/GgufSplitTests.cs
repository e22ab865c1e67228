using Bantam.Formats.Gguf;
using Bantam.Tensors;

namespace Bantam.Tests.Formats.Gguf;

public sealed class GgufSplitTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Any_part_opens_the_whole_model(int opened)
    {
        using var folder = new ScratchFolder();
        for (var i = 0; i < 3; i++) WritePart(folder, i, 3, total: 6, [$"t{2 * i}", $"t{(2 * i) + 1}"]);

        using var file = GgufFile.Open(folder.File(Name(opened, 3)));

        Assert.Equal(["t0", "t1", "t2", "t3", "t4", "t5"], file.Tensors.Select(t => t.Name));
        Assert.Equal([0, 0, 1, 1, 2, 2], file.Tensors.Select(t => t.Part));
        Assert.Equal("part 0", file.Metadata.GetString("general.name"));
        Assert.Equal(3, file.Parts.Count);
        Assert.Equal(Enumerable.Range(0, 3).Sum(i => new FileInfo(folder.File(Name(i, 3))).Length), file.FileBytes);
        for (var i = 0; i < 6; i++) Assert.Equal(Data($"t{i}"), file.Tensor($"t{i}").AsSpan<float>().ToArray());
    }

    [Fact]
    public void A_first_part_may_hold_metadata_alone()
    {
        using var folder = new ScratchFolder();
        WritePart(folder, 0, 2, total: 1, []);
        WritePart(folder, 1, 2, total: 1, ["t0"]);
        using var file = GgufFile.Open(folder.File(Name(0, 2)));
        Assert.Equal(Data("t0"), file.Tensor("t0").AsSpan<float>().ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_count_of_one_or_of_zero_as_merging_leaves_it_is_no_split(int count)
    {
        using var folder = new ScratchFolder();
        WritePart(folder, 0, count, total: 1, ["t0"], "merged.gguf");
        using var file = GgufFile.Open(folder.File("merged.gguf"));
        Assert.Single(file.Tensors);
    }

    // What is wrong, the field that the refusal names, how three good parts are spoilt, and the file that is then opened.
    private static readonly Dictionary<string, (string Field, Action<ScratchFolder> Spoil, string Open)> Broken = new()
    {
        ["a part is missing"] = ("part 2 of 3", folder => File.Delete(folder.File(Name(1, 3))), Name(0, 3)),
        ["a file was renamed"] = ("file name", folder => File.Move(folder.File(Name(0, 3)), folder.File("copy.gguf")), "copy.gguf"),
        ["a file bears another part's name"] = ("file name", folder => WritePart(folder, 1, 3, 6, ["t2", "t3"], Name(0, 3)), Name(0, 3)),
        ["a part says another count"] = ("metadata 'split.count'", folder => WritePart(folder, 1, 4, 6, ["t2", "t3"], Name(1, 3)), Name(0, 3)),
        ["a part says another number"] = ("metadata 'split.no'", folder => WritePart(folder, 2, 3, 6, ["t2", "t3"], Name(1, 3)), Name(0, 3)),
        ["a part says another total"] = ("metadata 'split.tensors.count'", folder => WritePart(folder, 1, 3, 7, ["t2", "t3"]), Name(0, 3)),
        ["a part is no part"] = ("metadata 'split.count'", folder => GgufWriter.Write(folder.File(Name(1, 3)), new GgufMetadata(), []), Name(0, 3)),
        ["a tensor is in two parts"] = ("tensor 't0'", folder => WritePart(folder, 1, 3, 6, ["t0", "t3"]), Name(0, 3)),
        ["a tensor is in no part"] = ("metadata 'split.tensors.count'", folder => WritePart(folder, 1, 3, 6, ["t2"]), Name(0, 3)),
        ["the number is not below the count"] = ("metadata 'split.no'", folder => WritePart(folder, 3, 3, 6, ["t0"], "high.gguf"), "high.gguf"),
        ["the count is absurd"] = ("metadata 'split.count'", folder => WritePart(folder, 0, int.MaxValue, 6, ["t0"], "absurd.gguf"), "absurd.gguf"),
        ["the count is negative"] = ("metadata 'split.count'", folder => WritePart(folder, 0, -1, 6, ["t0"], "negative.gguf"), "negative.gguf"),
        ["the count is large and the files are not there"] = ("part 2 of 99999", folder => WritePart(folder, 0, 99_999, 6, ["t0"]), Name(0, 99_999)),
    };

    public static TheoryData<string> BrokenNames => [.. Broken.Keys];

    [Theory]
    [MemberData(nameof(BrokenNames))]
    public void Parts_that_do_not_fit_are_refused(string name)
    {
        var (field, spoil, open) = Broken[name];
        using var folder = new ScratchFolder();
        for (var i = 0; i < 3; i++) WritePart(folder, i, 3, total: 6, [$"t{2 * i}", $"t{(2 * i) + 1}"]);
        spoil(folder);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var refusal = Assert.Throws<ModelFileException>(() => GgufFile.Open(folder.File(open)));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.Equal("BT1046", refusal.Code);
        Assert.Equal(field, refusal.Field);
    }

    private static string Name(int index, int count) => $"model-{index + 1:D5}-of-{count:D5}.gguf";

    private static float[] Data(string tensor) => [.. Enumerable.Range(0, 10).Select(i => i + (100f * tensor[1]))];

    private static void WritePart(ScratchFolder folder, int index, int count, int total, string[] tensors, string? name = null)
    {
        var metadata = new GgufMetadata
        {
            ["general.name"] = $"part {index}",
            ["split.no"] = new GgufValue((ushort)index),
            ["split.count"] = count is >= 0 and <= ushort.MaxValue ? new GgufValue((ushort)count) : count,
            ["split.tensors.count"] = total,
        };
        GgufWriter.Write(folder.File(name ?? Name(index, count)), metadata, [.. tensors.Select(t => new GgufTensorSource(t, DType.F32, new Shape(2, 5), stream =>
        {
            foreach (var value in Data(t)) stream.Write(BitConverter.GetBytes(value));
        }))]);
    }
}
