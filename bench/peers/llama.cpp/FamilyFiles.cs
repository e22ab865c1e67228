using Bantam.Checkpoints;
using Bantam.Execution;
using Bantam.Kernels;
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
            using var written = Checkpoint.Open(file);
            Console.WriteLine($"{name}: logits {LogitsDigest.Of(logits, config.VocabSize).Moments[1]:f2} around their mean; Bantam differs by at most {Difference(logits, Ours(written)):g2} on the file, {Difference(logits, Ours(checkpoint)):g2} on its source");
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

    private static double Difference(float[] theirs, float[] ours) => theirs.Zip(ours, (a, b) => Math.Abs((double)a - b)).Max();

    private static unsafe float[] Ours(Checkpoint checkpoint)
    {
        var model = checkpoint.CreateModel();
        var rows = FamilyShapes.Text(checkpoint.Config).Select((token, i) => new Row(token, i, WantsLogits: true)).ToArray();
        using var workers = new Workers(1);
        using var cache = model.NewCache(1, rows.Length, DType.F32);
        using var pass = new Pass(workers, cache);
        var logits = model.Logits(pass, model.Forward(pass, rows));
        return new ReadOnlySpan<float>(logits.Data, (int)logits.Shape.Count).ToArray();
    }
}
