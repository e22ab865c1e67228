using Bantam.Checkpoints;
using Bantam.Sizing;
using Bantam.Tensors;
using Bantam.Tests.Formats;

namespace Bantam.Tests.Cli;

/// <summary>The real trained model of the shared data as arguments of a command line.</summary>
internal static class CliStories
{
    public static string Bin => SharedData.Path("weights", "stories260K", "stories260K.bin");

    public static string Tokenizer => SharedData.Path("weights", "stories260K", "tok512.bin");

    /// <summary>Writes it as a GGUF file, in its own type or another.</summary>
    public static string Gguf(ScratchFolder folder, DType? type = null)
    {
        var path = folder.File($"stories-{type ?? DType.F32}.gguf");
        using var stories = Checkpoint.Open(Bin, Tokenizer);
        GgufExport.Write(path, stories, (name, tensor) => StorageRule.TypeOf(name, tensor, type ?? DType.F32));
        return path;
    }
}
