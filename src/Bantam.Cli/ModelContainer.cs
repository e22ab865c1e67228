using Bantam.Formats;
using Bantam.Formats.Safetensors;

namespace Bantam.Cli;

/// <summary>What kind of file or folder a model lies in.</summary>
internal enum ModelContainer
{
    Gguf,
    Safetensors,
    SafetensorsIndex,
    HuggingFaceDirectory,
    Config,
    Llama2c,
}

/// <summary>Tells the kinds apart.</summary>
internal static class ModelContainers
{
    /// <summary>The kind of the existing file or folder at <paramref name="path"/>: by its first bytes where they say it, else by its name.</summary>
    /// <exception cref="BantamException">None of them (BT9002), or a pickle (BT1061).</exception>
    public static ModelContainer Of(string path)
    {
        if (Directory.Exists(path)) return ModelContainer.HuggingFaceDirectory;
        var start = Start(path);
        if (start.StartsWith("GGUF"u8)) return ModelContainer.Gguf;
        if (path.EndsWith(SafetensorsIndex.FileName, StringComparison.OrdinalIgnoreCase)) return ModelContainer.SafetensorsIndex;
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            // A wrong content is refused by the reader, which knows best what is wrong with it.
            case ".gguf": return ModelContainer.Gguf;
            case ".safetensors": return ModelContainer.Safetensors;
            case ".json": return ModelContainer.Config;
            case ".bin": return ModelContainer.Llama2c;
        }
        PickleGuard.Refuse(path, start);
        throw new BantamException("BT9002", $"{path}: no model that bantam reads; it reads GGUF, safetensors, Hugging Face directories, config.json and llama2.c .bin");
    }

    /// <summary>What a person calls the kind.</summary>
    public static string Name(this ModelContainer container) => container switch
    {
        ModelContainer.Gguf => "GGUF",
        ModelContainer.Safetensors => "safetensors",
        ModelContainer.SafetensorsIndex => "sharded safetensors",
        ModelContainer.HuggingFaceDirectory => "Hugging Face directory",
        ModelContainer.Config => "config.json",
        _ => "llama2.c checkpoint",
    };

    private static ReadOnlySpan<byte> Start(string path)
    {
        // Pipes and devices report a length of 0, and opening a pipe would wait for a writer.
        if (new FileInfo(path) is not { Length: > 0 } file) return [];
        using var stream = file.OpenRead();
        var start = new byte[Math.Min(file.Length, PickleGuard.Window)];
        return start.AsSpan(0, stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false));
    }
}
