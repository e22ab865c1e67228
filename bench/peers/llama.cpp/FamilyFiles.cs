using Bantam.Checkpoints;
using Bantam.Models;
using Bantam.Tensors;
using Bantam.Tests.Models;

namespace Bantam.Peers.LlamaCpp;

/// <summary>
/// Has llama.cpp load a GGUF file of every family as Bantam writes it, and says how far its logits spread: what the notices
/// of an export claim, and whether the random weights are lively.
/// </summary>
internal static class FamilyFiles
{
    public static void Load(string folder, ulong seed)
    {
        GgmlLibrary.LoadAll(folder);
        foreach (var (name, config) in FamilyShapes.All) Load(name, config, DType.F32, seed);
        foreach (var (name, config) in FamilyShapes.Wide) Load($"{name}, wide", config, DType.Q8_0, seed);
        foreach (var (name, config) in FamilyShapes.OnlyInDirectories) Load(name, config, DType.F32, seed);
    }

    private static void Load(string name, ModelConfig config, DType type, ulong seed)
    {
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():n}.gguf");
        try
        {
            using var checkpoint = FamilyCheckpoints.Create(config, DType.F32, seed, vocabulary: true);
            var notices = GgufExport.Write(file, checkpoint, (_, _) => type);
            foreach (var notice in notices) Console.WriteLine($"    {notice}");
            using var engine = new LlamaEngine(file);
            var logits = engine.Logits(FamilyShapes.Text(config));
            Console.WriteLine($"{name}: logits {LogitsDigest.Of(logits, config.VocabSize).Moments[1]:f2} around their mean");
        }
        catch (Exception e) when (e is InvalidDataException or BantamException)
        {
            Console.WriteLine($"{name}: {e.Message}");
        }
        finally
        {
            File.Delete(file);
        }
    }
}
