using Bantam.Formats;
using Bantam.Formats.HuggingFace;
using Bantam.Formats.Llama2c;
using Bantam.Formats.Safetensors;
using Bantam.Tests.Formats.Safetensors;
using Bantam.Tests.Hostile;

namespace Bantam.Tests.Formats;

public sealed class PickleGuardTests
{
    private static readonly byte[] TorchMagic = [0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.'];

    private static readonly Dictionary<string, (byte[] Start, string? Kind)> Cases = new()
    {
        ["torch.save as zip"] = ([.. "PK\x03\x04"u8, .. new byte[26], .. "archive/data.pkl"u8], "a zip archive with a Python pickle (torch.save)"),
        ["another zip"] = ([.. "PK\x03\x04"u8, .. new byte[26], .. "x.npy"u8], "a zip archive"),
        ["torch.save before zip"] = (TorchMagic, "a Python pickle (torch.save before 1.6)"),
        ["protocol 2"] = ([0x80, 2, (byte)'}', (byte)'.'], "a Python pickle"),
        ["protocol 3"] = ([0x80, 3, (byte)'c', (byte)'o'], "a Python pickle"),
        ["protocol 4"] = ([0x80, 4, 0x95, 4, 0, 0], "a Python pickle"),
        ["protocol 5"] = ([0x80, 5, 0x95, 4, 0, 0], "a Python pickle"),
        ["tar"] = ([.. new byte[257], .. "ustar\0"u8], "a tar archive"),
        ["npy"] = ([0x93, .. "NUMPY\x01\0"u8], "a NumPy array"),
        ["a llama2.c file of width 640"] = ([0x80, 2, 0, 0, 0, 7, 0, 0], null),
        ["a llama2.c file of width 1408"] = ([0x80, 5, 0, 0, 0, 7, 0, 0], null),
        ["protocol 6"] = ([0x80, 6, (byte)'}'], null),
        ["GGUF"] = ([.. "GGUF"u8, 3, 0, 0, 0], null),
        ["two bytes"] = ([0x80, 2], null),
        ["nothing"] = ([], null),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_first_bytes_tell_a_pickle(string name) =>
        Assert.Equal(Cases[name].Kind, PickleGuard.Describe(Cases[name].Start));

    [Theory]
    [InlineData("model.pt", true)]
    [InlineData("MODEL.PTH", true)]
    [InlineData("a/epoch.ckpt", true)]
    [InlineData("weights.pkl", true)]
    [InlineData("pytorch_model.bin", true)]
    [InlineData("pytorch_model-00001-of-00002.bin", true)]
    [InlineData("stories260K.bin", false)]
    [InlineData("model.safetensors", false)]
    public void Some_names_alone_tell_a_pickle(string name, bool pickle) =>
        Assert.Equal(pickle, PickleGuard.IsPickleName(name));

    [Theory]
    [InlineData("test.pt")]
    [InlineData("test_with_key.pt")]
    [InlineData("test.npz")]
    [InlineData("test.npy")]
    public void Real_torch_and_numpy_files_are_refused_under_any_name(string fixture)
    {
        var bytes = File.ReadAllBytes(SharedData.Path("fixtures", "pt_npy", fixture));
        using var folder = new ScratchFolder();
        foreach (var name in new[] { fixture, "model.bin", "model.safetensors" })
        {
            var path = folder.Write(name, bytes);
            Refusal.Of("BT1061", name, () => SafetensorsFile.Open(path).Dispose());
            Refusal.Of("BT1061", name, () => Llama2cFile.Open(path).Dispose());
        }
    }

    [Fact]
    public void A_safetensors_file_whose_header_length_looks_like_a_pickle_loads()
    {
        // 0x280 and 0x7d0280 bytes of header begin with 80 02, the second one with a whole start of a pickle.
        foreach (var length in new[] { 0x280, 0x7d0280 })
        {
            using var folder = new ScratchFolder();
            var header = SafetensorsBytes.MinimalHeader.PadRight(length);
            using var file = SafetensorsFile.Open(folder.Write("model.safetensors", SafetensorsBytes.Build(header, 24)));
            Assert.Equal(2, file.Tensors.Count);
        }
    }

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("model.pt")]
    [InlineData("consolidated.00.pth")]
    [InlineData("weights.bin")]
    public void A_directory_that_has_only_pickles_is_refused_by_name_and_can_still_be_sized(string name)
    {
        using var folder = new ScratchFolder();
        folder.Write("config.json", "{}");
        folder.Write(name, TorchMagic);
        var e = Refusal.Of("BT1061", name, () => HuggingFaceDirectory.Open(folder.Path).Dispose());
        Assert.Contains("safetensors", e.Message);
        using var sized = HuggingFaceDirectory.Open(folder.Path, weights: false);
        Assert.Empty(sized.Tensors);
    }

    [Fact]
    public void Pickles_beside_safetensors_are_ignored()
    {
        using var folder = new ScratchFolder();
        folder.Write("config.json", "{}");
        folder.Write("pytorch_model.bin", TorchMagic);
        folder.Write("model.safetensors", SafetensorsBytes.Minimal);
        using var opened = HuggingFaceDirectory.Open(folder.Path);
        Assert.Equal(["a", "b"], opened.Tensors.Keys);
    }
}
