using System.Diagnostics;
using Bantam.Formats.Safetensors;
using Bantam.Tests.Formats;
using static Bantam.Tests.Formats.Safetensors.SafetensorsBytes;

namespace Bantam.Tests.Hostile;

/// <summary>Sharded checkpoints whose index or shards must be refused.</summary>
public sealed class ShardsHostileTests
{
    private const string First = "model-00001-of-00002.safetensors";
    private const string Second = "model-00002-of-00002.safetensors";

    private static readonly Dictionary<string, string> BadNames = new()
    {
        ["the directory above"] = "../model.safetensors",
        ["a directory below"] = "sub/model.safetensors",
        ["an absolute path"] = "/etc/model.safetensors",
        ["a drive letter"] = "C:model.safetensors",
        ["a drive path"] = "C:\\\\model.safetensors",
        ["a UNC path"] = "\\\\\\\\host\\\\share\\\\model.safetensors",
        ["a backslash upwards"] = "..\\\\model.safetensors",
        ["a NUL"] = "model\\u0000.safetensors",
        ["a line break"] = "model\\n.safetensors",
        ["an alternate stream"] = "model.safetensors:x.safetensors",
        ["a Windows device"] = "NUL.safetensors",
        ["a Windows serial port"] = "com1.x.safetensors",
        ["the directory itself"] = ".",
        ["the parent"] = "..",
        ["nothing"] = "",
        ["another extension"] = "pytorch_model.bin",
        ["a device file"] = "/dev/zero",
        ["a trailing dot"] = "model.safetensors.",
        ["a leading dot"] = ".safetensors",
        ["300 characters"] = new string('m', 300) + ".safetensors",
    };

    private static readonly Dictionary<string, (string Code, string Index)> BadIndexes = new()
    {
        ["not JSON"] = ("BT1051", "weight_map"),
        ["an array"] = ("BT1051", "[]"),
        ["no weight_map"] = ("BT1051", "{}"),
        ["a weight_map that is a list"] = ("BT1051", """{"weight_map":[]}"""),
        ["a shard that is a number"] = ("BT1051", """{"weight_map":{"a":1}}"""),
        ["a tensor twice"] = ("BT1052", $$$"""{"weight_map":{"a":"{{{First}}}","a":"{{{Second}}}"}}"""),
        ["two weight_maps"] = ("BT1052", """{"weight_map":{},"weight_map":{}}"""),
        ["nested 10,000 deep"] = ("BT1053", new string('{', 1) + "\"a\":" + new string('[', 10_000)),
        ["1,025 shards"] = ("BT1053", $"{{\"weight_map\":{{{string.Join(',', Enumerable.Range(0, 1025).Select(i => $"\"{i}\":\"{i}.safetensors\""))}}}}}"),
    };

    public static TheoryData<string> BadNameCases => [.. BadNames.Keys];

    public static TheoryData<string> BadIndexCases => [.. BadIndexes.Keys];

    [Theory]
    [MemberData(nameof(BadNameCases))]
    public void A_shard_name_that_is_no_plain_file_name_is_refused(string name)
    {
        var index = $$$"""{"weight_map":{"a":"{{{BadNames[name]}}}"}}""";
        Refusal.Of("BT1059", SafetensorsIndex.FileName, () => SafetensorsIndex.Parse(System.Text.Encoding.UTF8.GetBytes(index), SafetensorsIndex.FileName));
    }

    [Theory]
    [MemberData(nameof(BadIndexCases))]
    public void A_malformed_index_is_refused(string name)
    {
        using var folder = new ScratchFolder();
        var path = folder.Write(SafetensorsIndex.FileName, BadIndexes[name].Index);
        Refusal.Of(BadIndexes[name].Code, SafetensorsIndex.FileName, () => ShardedSafetensors.Open(path).Dispose());
    }

    [Fact]
    public void An_index_of_100_MB_is_refused_unread()
    {
        using var folder = new ScratchFolder();
        using (var sparse = File.Create(folder.File(SafetensorsIndex.FileName)))
            sparse.SetLength(100_000_000);
        Refusal.Of("BT1053", SafetensorsIndex.FileName, () => ShardedSafetensors.Open(folder.File(SafetensorsIndex.FileName)).Dispose());
    }

    [Fact]
    public void The_checkpoint_that_the_others_are_made_from_loads()
    {
        using var folder = new ScratchFolder();
        using var sharded = ShardedSafetensors.Open(Checkpoint(folder));
        Assert.Equal(["a", "b"], sharded.Tensors.Keys);
        Assert.Equal(2, sharded.Index.TotalSize);
    }

    [Fact]
    public void A_missing_shard_is_named()
    {
        using var folder = new ScratchFolder();
        var index = Checkpoint(folder);
        File.Delete(folder.File(Second));
        Assert.Contains(Second, Opening("BT1060", index).Message);
    }

    [Fact]
    public void A_tensor_that_the_index_does_not_list_is_named()
    {
        using var folder = new ScratchFolder();
        var index = Checkpoint(folder, second: Shard("b", "c"));
        Assert.Contains("'c'", Opening("BT1060", index).Message);
    }

    [Fact]
    public void A_tensor_in_two_shards_is_named()
    {
        using var folder = new ScratchFolder();
        var index = Checkpoint(folder, second: Shard("a", "b"));
        Assert.Contains("'a'", Opening("BT1060", index).Message);
    }

    [Fact]
    public void A_tensor_missing_from_its_shard_is_named()
    {
        using var folder = new ScratchFolder();
        var index = Checkpoint(folder, second: Build("{}", 0));
        Assert.Contains("'b'", Opening("BT1060", index).Message);
    }

    [Fact]
    public void A_shard_that_is_a_directory_is_refused()
    {
        using var folder = new ScratchFolder();
        var index = Checkpoint(folder);
        File.Delete(folder.File(Second));
        Directory.CreateDirectory(folder.File(Second));
        Opening("BT1059", index);
    }

    [Fact]
    public void A_shard_that_is_a_pipe_is_refused_without_waiting()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no pipes in the file system");
        using var folder = new ScratchFolder();
        var index = Checkpoint(folder);
        File.Delete(folder.File(Second));
        using (var mkfifo = Process.Start("mkfifo", [folder.File(Second)]))
            mkfifo.WaitForExit();
        Opening("BT1059", index);
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/etc/passwd")]
    [InlineData("../outside.safetensors")]
    [InlineData("sub/outside.safetensors")]
    [InlineData(Second)]
    public void A_shard_that_links_out_of_the_directory_is_refused(string target)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        using var folder = new ScratchFolder();
        Directory.CreateDirectory(folder.File("model/sub"));
        folder.Write("outside.safetensors", Shard("b"));
        folder.Write("model/sub/outside.safetensors", Shard("b"));
        var index = Checkpoint(folder, "model/");
        File.Delete(folder.File("model/" + Second));
        File.CreateSymbolicLink(folder.File("model/" + Second), target);
        Opening("BT1059", index);
    }

    [Fact]
    public void A_link_within_the_directory_and_one_into_the_blobs_of_the_hub_cache_load()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        using var folder = new ScratchFolder();
        Directory.CreateDirectory(folder.File("blobs"));
        Directory.CreateDirectory(folder.File("snapshots/1234"));
        folder.Write("blobs/abcd", Shard("b"));
        folder.Write("snapshots/1234/real", Shard("a"));
        var index = Checkpoint(folder, "snapshots/1234/");
        File.Delete(folder.File("snapshots/1234/" + First));
        File.Delete(folder.File("snapshots/1234/" + Second));
        File.CreateSymbolicLink(folder.File("snapshots/1234/" + First), "real");
        File.CreateSymbolicLink(folder.File("snapshots/1234/" + Second), "../../blobs/abcd");
        using var sharded = ShardedSafetensors.Open(index);
        Assert.Equal(["a", "b"], sharded.Tensors.Keys);
    }

    private static ModelFileException Opening(string code, string index) =>
        Refusal.Of(code, SafetensorsIndex.FileName, () => ShardedSafetensors.Open(index).Dispose());

    private static string Checkpoint(ScratchFolder folder, string prefix = "", byte[]? second = null)
    {
        folder.Write(prefix + First, Shard("a"));
        folder.Write(prefix + Second, second ?? Shard("b"));
        return folder.Write(prefix + SafetensorsIndex.FileName, $$$"""{"metadata":{"total_size":2.0},"weight_map":{"a":"{{{First}}}","b":"{{{Second}}}"}}""");
    }

    // One-byte tensors of these names.
    private static byte[] Shard(params string[] names) =>
        Build($"{{{string.Join(',', names.Select((n, i) => $$"""
            "{{n}}":{"dtype":"U8","shape":[1],"data_offsets":[{{i}},{{i + 1}}]}
            """))}}}", names.Length);
}
