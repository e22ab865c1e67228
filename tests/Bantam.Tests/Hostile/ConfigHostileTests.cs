using System.Diagnostics;
using Bantam.Formats.HuggingFace;
using Bantam.Tests.Formats;

namespace Bantam.Tests.Hostile;

/// <summary>Configurations that must be refused (62 of the list of hostile inputs), whatever the model.</summary>
public sealed class ConfigHostileTests
{
    private static readonly Dictionary<string, (string Code, string Text)> Cases = new()
    {
        ["10,000 arrays deep"] = ("BT1062", $"{{\"a\":{new string('[', 10_000)}{new string(']', 10_000)}}}"),
        ["10,000 objects deep"] = ("BT1062", string.Concat(Enumerable.Repeat("{\"a\":", 10_000)) + "1" + new string('}', 10_000)),
        ["the number 1e309"] = ("BT1062", """{"rope_theta":1e309}"""),
        ["the number -1e99999"] = ("BT1062", """{"rope_theta":-1e99999}"""),
        ["a key twice"] = ("BT1062", """{"hidden_size":64,"hidden_size":65}"""),
        ["a key twice, spelt differently"] = ("BT1062", """{"hidden_size":64,"hidden\u005fsize":65}"""),
        ["a key twice in an inner object"] = ("BT1062", """{"rope_scaling":{"factor":1,"factor":2}}"""),
        ["empty"] = ("BT1062", ""),
        ["an array"] = ("BT1063", "[]"),
        ["a string"] = ("BT1063", "\"llama\""),
        ["white space"] = ("BT1063", "   \n"),
        ["cut off"] = ("BT1063", """{"hidden_size":"""),
        ["two objects"] = ("BT1063", "{}{}"),
        ["a comment"] = ("BT1063", "{} // llama"),
        ["a trailing comma"] = ("BT1063", """{"a":1,}"""),
        ["a bare word"] = ("BT1063", """{"a":nan}"""),
        ["half a surrogate pair in a key"] = ("BT1063", """{"\ud800":1}"""),
        ["half a surrogate pair in a value"] = ("BT1063", """{"model_type":"\udc00"}"""),
        ["a number with a leading zero"] = ("BT1063", """{"a":01}"""),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_hostile_configuration_is_refused_in_one_line(string name)
    {
        using var folder = new ScratchFolder();
        folder.Write("config.json", Cases[name].Text);
        Refusal.Of(Cases[name].Code, "config.json", () => HuggingFaceDirectory.Open(folder.Path).Dispose());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_hostile_generation_configuration_is_refused_as_well(string name)
    {
        using var folder = new ScratchFolder();
        folder.Write("config.json", "{}");
        folder.Write("generation_config.json", Cases[name].Text);
        Refusal.Of(Cases[name].Code, "generation_config.json", () => HuggingFaceDirectory.Open(folder.Path).Dispose());
    }

    [Fact]
    public void A_configuration_that_is_not_UTF_8_is_refused()
    {
        using var folder = new ScratchFolder();
        folder.Write("config.json", [(byte)'{', (byte)'"', 0xff, (byte)'"', (byte)':', (byte)'1', (byte)'}']);
        Refusal.Of("BT1063", "config.json", () => HuggingFaceDirectory.Open(folder.Path).Dispose());
    }

    [Fact]
    public void A_configuration_of_50_MB_is_refused_unread()
    {
        using var folder = new ScratchFolder();
        using (var sparse = File.Create(folder.File("config.json")))
            sparse.SetLength(50_000_000);
        Refusal.Of("BT1062", "config.json", () => HuggingFaceDirectory.Open(folder.Path).Dispose());
    }

    [Fact]
    public void A_configuration_that_is_a_pipe_is_refused_without_waiting()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no pipes in the file system");
        using var folder = new ScratchFolder();
        using (var mkfifo = Process.Start("mkfifo", [folder.File("config.json")]))
            mkfifo.WaitForExit();
        Refusal.Of("BT1062", "config.json", () => HuggingFaceDirectory.Open(folder.Path).Dispose());
    }

    [Fact]
    public void A_directory_without_configuration_is_told_so()
    {
        using var folder = new ScratchFolder();
        Refusal.Of("BT1063", "config.json", () => HuggingFaceDirectory.Open(folder.Path).Dispose());
    }

    [Fact]
    public void A_link_to_itself_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        using var folder = new ScratchFolder();
        File.CreateSymbolicLink(folder.File("loop.json"), folder.File("loop.json"));
        Refusal.Of("BT1001", "loop.json", () => HuggingFaceDirectory.Open(folder.File("loop.json")).Dispose());
    }
}
