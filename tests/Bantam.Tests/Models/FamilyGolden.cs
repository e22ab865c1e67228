using System.Runtime.InteropServices;
using System.Text.Json;
using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Models;
using Bantam.Nn;
using Bantam.Tensors;

namespace Bantam.Tests.Models;

/// <summary>
/// What other implementations compute from the checkpoints of <see cref="FamilyShapes"/>: one small file for each shape
/// under Golden/Families, made by <c>bench/peers/llama.cpp families</c>, with some rows of logits of the plain torch
/// reference (bench/peers/families) and, for shapes that a GGUF file can say, of llama.cpp in several formats.
/// </summary>
internal static class FamilyGolden
{
    /// <summary>Formats in which llama.cpp is asked, on the wide shapes.</summary>
    public static readonly DType[] Formats = [.. BlockFormats.All.Select(f => f.DType).Where(t => t.GgmlType >= 0)];

    /// <summary>The seed of the weights.</summary>
    public const ulong Seed = 11;

    /// <summary>Positions whose logits are kept of torch.</summary>
    public static int[] Positions(int length) => length == FamilyShapes.TextLength ? [9, 19, 29, 39] : [length - 6, length - 1];

    /// <summary>
    /// Positions whose logits are kept of llama.cpp. Of quantised models, an early one: with every token the chance grows that
    /// one activation lies so near a rounding boundary that the two engines round it to different sides.
    /// </summary>
    public static int[] PeerPositions(int length, DType format) =>
        length != FamilyShapes.TextLength ? [length - 6, length - 1] : format.IsBlocked ? [7] : [19, 39];

    /// <summary>Every shape that runs, with the length of its text.</summary>
    public static IReadOnlyDictionary<string, (ModelConfig Config, int Length)> Shapes { get; } =
        FamilyShapes.All.Concat(FamilyShapes.OnlyInDirectories).ToDictionary(s => s.Key, s => (s.Value, FamilyShapes.TextLength))
            .Concat(FarShapes.All).ToDictionary();

    /// <summary>Name of a shape's file.</summary>
    public static string FileName(string shape) => $"{shape.Replace(",", "", StringComparison.Ordinal).Replace(' ', '-')}.json";

    /// <summary>What the file of <paramref name="shape"/> says.</summary>
    public static JsonElement Read(string shape)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", "Families", FileName(shape))));
        return document.RootElement.Clone();
    }

    /// <summary>Logits out of base64.</summary>
    public static float[] Rows(JsonElement of) => MemoryMarshal.Cast<byte, float>(of.GetProperty("logits").GetBytesFromBase64()).ToArray();

    /// <summary>Logits into base64.</summary>
    public static string Base64(ReadOnlySpan<float> logits) => Convert.ToBase64String(MemoryMarshal.AsBytes(logits));

    /// <summary>Bantam's logits after some tokens of a text, one after the other, with keys and values in F32.</summary>
    public static float[] Logits(ModelConfig config, Weights weights, int[] text, int[] positions, int threads = 1) =>
        Logits(Architectures.Of(config).Create!(config, weights), text, positions, threads);

    /// <inheritdoc cref="Logits(ModelConfig, Weights, int[], int[], int)"/>
    public static float[] Logits(CausalLm model, int[] text, int[] positions, int threads = 1)
    {
        using var workers = new Workers(threads);
        // Some scalings look at the context that is asked for; a text's beginning stands for the whole.
        using var cache = model.NewCache(1, Math.Max(text.Length, FamilyShapes.TextLength), DType.F32);
        using var pass = new Pass(workers, cache);
        var logits = new List<float>();
        foreach (var chunk in Enumerable.Range(0, text.Length).Chunk(512))
        {
            pass.Reset();
            var hidden = model.Forward(pass, [.. chunk.Select(i => new Row(text[i], i, WantsLogits: positions.Contains(i)))]);
            if (chunk.Any(positions.Contains)) logits.AddRange(model.Logits(pass, hidden).AsSpan<float>());
        }
        return [.. logits];
    }

    /// <summary>Rows of logits at <paramref name="positions"/> out of all.</summary>
    public static float[] Pick(float[] all, int vocabulary, int[] positions) =>
        [.. positions.SelectMany(p => all.AsSpan(p * vocabulary, vocabulary).ToArray())];

    /// <summary>The largest difference of a logit.</summary>
    public static float Difference(float[] a, float[] b)
    {
        if (a.Length != b.Length) throw new ArgumentException($"{a.Length} and {b.Length} logits", nameof(b));
        return a.Zip(b, (x, y) => MathF.Abs(x - y)).Max();
    }

    /// <summary>The mean over rows of KL(theirs || ours), in nats.</summary>
    public static double Kl(float[] theirs, float[] ours, int vocabulary)
    {
        var sum = 0.0;
        foreach (var (a, b) in theirs.Chunk(vocabulary).Zip(ours.Chunk(vocabulary)))
        {
            var (za, zb) = (LogSumExp(a), LogSumExp(b));
            sum += a.Zip(b, (x, y) => Math.Exp(x - za) * ((double)x - za - (y - zb))).Sum();
        }
        return sum / (theirs.Length / vocabulary);

        static double LogSumExp(float[] x)
        {
            double max = x.Max();
            return max + Math.Log(x.Sum(v => Math.Exp(v - max)));
        }
    }

    /// <summary>Whether the first tokens agree wherever the margin between the first two exceeds <paramref name="margin"/>.</summary>
    public static bool SameFirst(float[] theirs, float[] ours, int vocabulary, float margin) =>
        theirs.Chunk(vocabulary).Zip(ours.Chunk(vocabulary)).All(rows =>
        {
            var order = rows.First.Order().TakeLast(2).ToArray();
            return order[1] - order[0] <= margin || Array.IndexOf(rows.First, order[1]) == Array.IndexOf(rows.Second, rows.Second.Max());
        });
}
