using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Sizing;
using Bantam.Tensors;
using Bantam.Tests.Formats;

namespace Bantam.Tests.Cli;

/// <summary>The real trained model of the shared data as arguments of a command line.</summary>
internal static class CliStories
{
    public static string Bin => Stories.ModelPath;

    public static string Tokenizer => Stories.TokenizerPath;

    public static JsonElement Golden => Stories.Golden;

    /// <summary>Writes a copy of a GGUF file with other metadata.</summary>
    public static unsafe string With(ScratchFolder folder, string gguf, Action<GgufMetadata> change)
    {
        var path = folder.File("changed.gguf");
        using var file = GgufFile.Open(gguf);
        change(file.Metadata);
        GgufWriter.Write(path, file.Metadata, [.. file.Tensors.Select(t => new GgufTensorSource(t.Name, t.DType, t.Shape, stream => stream.Write(new ReadOnlySpan<byte>(file.Tensor(t.Name).Data, (int)file.Tensor(t.Name).Bytes))))]);
        return path;
    }

    /// <summary>Writes it as a GGUF file, in its own type or another.</summary>
    public static string Gguf(ScratchFolder folder, DType? type = null)
    {
        var path = folder.File($"stories-{type ?? DType.F32}.gguf");
        using var stories = Stories.Open();
        GgufExport.Write(path, stories, (name, tensor) => StorageRule.TypeOf(name, tensor, type ?? DType.F32));
        return path;
    }
}
