using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bantam.Checkpoints;
using Bantam.Models;
using Bantam.Tensors;
using Bantam.Tests.Models;

namespace Bantam.Peers.LlamaCpp;

/// <summary>
/// Writes the checkpoints of the tests' family shapes as Hugging Face directories and GGUF files, asks the torch reference
/// and llama.cpp for their logits, and keeps a few rows in Golden/Families; says on the way how far Bantam lies apart.
/// </summary>
internal static class FamilyProof
{
    // What a GGUF file of these cannot say, or llama.cpp ignores.
    private static readonly string[] NotForLlamaCpp = ["window", "biases", "scale of queries", "pattern", "dense layer", "as they are", "dynamic", "not rounded"];

    private const int MostSeeds = 60;

    public static void Write(string libraries, string output, string? only)
    {
        GgmlLibrary.LoadAll(libraries);
        Directory.CreateDirectory(output);
        var folder = Directory.CreateTempSubdirectory("families").FullName;
        try
        {
            foreach (var (shape, (config, length)) in FamilyGolden.Shapes)
            {
                if (only is not null && !shape.Contains(only, StringComparison.Ordinal)) continue;
                var golden = new JsonObject { ["made by"] = "bench/peers/llama.cpp families" };
                golden["torch"] = Torch(shape, config, length, Path.Combine(folder, "directory"));
                if (!NotForLlamaCpp.Any(s => shape.Contains(s, StringComparison.Ordinal)))
                    golden["llama.cpp"] = LlamaCpp(shape, config, length, Path.Combine(folder, "model.gguf"));
                var options = new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
                File.WriteAllText(Path.Combine(output, FamilyGolden.FileName(shape)), golden.ToJsonString(options) + "\n");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static JsonNode Torch(string shape, ModelConfig config, int length, string directory)
    {
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        using var checkpoint = FamilyCheckpoints.Create(config, DType.F32, FamilyGolden.Seed);
        HuggingFaceExport.Write(directory, checkpoint, DType.F32);
        var (text, positions) = (FarShapes.Text(config, length), FamilyGolden.Positions(length));
        File.WriteAllText(Path.Combine(directory, "tokens"), string.Join(',', text));
        var script = Path.Combine("bench", "peers", "families", "golden.py");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("PYTHON") ?? "python3", ["-I", script, directory, Path.Combine(directory, "tokens"), "--rows", string.Join(',', positions)]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var torch = JsonNode.Parse(process.StandardOutput.ReadToEnd())!;
        process.WaitForExit();

        var theirs = FamilyGolden.Rows(JsonDocument.Parse(torch.ToJsonString()).RootElement);
        var ours = FamilyGolden.Logits(config, checkpoint.Weights, text, positions, threads: 2);
        var largest = (double)torch["largest"]!;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{shape}: torch, deviation {(double)torch["deviation"]!:f2}, Bantam differs by {FamilyGolden.Difference(theirs, ours) / largest:g2} of the largest logit"));
        foreach (var (feature, moved) in torch["without"]!.AsObject())
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    without {feature}: {(double)moved! / largest:g2}"));
        return torch;
    }

    private static JsonObject LlamaCpp(string shape, ModelConfig config, int length, string file)
    {
        var golden = new JsonObject
        {
            ["llama.cpp"] = LlamaEngine.Version(),
            ["setting"] = $"{GgmlLibrary.CpuModule()}, one thread, F32 cache, no flash attention, no repacking",
        };
        var isFar = length != FamilyShapes.TextLength;
        var wide = isFar ? config : FamilyShapes.Wide[config.Architecture];
        foreach (var format in isFar ? [DType.F32] : FamilyGolden.Formats)
        {
            // The first seed for which no activation (of quantised models, or in the table of gelu) is rounded to another side;
            // of the 16-bit formats, where some always is, the first that stays within their tolerance.
            var bound = format.IsBlocked || format == DType.F32 ? 1e-4f : 1e-2f;
            var worst = new List<double>();
            for (var seed = FamilyGolden.Seed; ; seed++)
            {
                using var checkpoint = FamilyCheckpoints.Create(wide with { InputFirstLinears = false }, format, seed, vocabulary: true);
                GgufExport.Write(file, checkpoint, (_, tensor) => tensor.DType);
                var positions = FamilyGolden.PeerPositions(length, format);
                var text = FarShapes.Text(wide, length)[..(positions[^1] + 1)];
                using var engine = new LlamaEngine(file, length);
                var theirs = engine.Logits(text, positions);
                using var written = Checkpoint.Open(file);
                var plain = FamilyGolden.Logits(written.CreateModel(), text, positions, threads: 2);
                var alike = FamilyGolden.Logits(PeerRounding.Apply(written.CreateModel(), format), text, positions, threads: 2);
                var largest = theirs.Max(MathF.Abs);
                worst.Add(FamilyGolden.Kl(theirs, alike, wide.VocabSize));
                if (!isFar && FamilyGolden.Difference(theirs, alike) > bound * largest && worst.Count < MostSeeds) continue;
                golden[format.Name] = new JsonObject { ["seed"] = seed, ["largest"] = largest, ["logits"] = FamilyGolden.Base64(theirs) };
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    llama.cpp, {format}: {FamilyGolden.Difference(theirs, plain) / largest:g2} of the largest logit, KL {FamilyGolden.Kl(theirs, plain, wide.VocabSize):g2}; rounding as it does {FamilyGolden.Difference(theirs, alike) / largest:g2}, KL {worst[^1]:g2}; {worst.Count} seeds, worst KL {worst.Max():g2}"));
                break;
            }
        }
        return golden;
    }
}
