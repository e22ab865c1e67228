using System.Globalization;
using Bantam.Checkpoints;
using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Models;
using Bantam.Tensors;
using Bantam.Tests.Formats;
using Bantam.Tests.Models;

namespace Bantam.Tests.Checkpoints;

/// <summary>Tests that watch the memory of the whole process run alone.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>Opening a checkpoint and building its model takes no more than the mapped file and 64 MB, whatever the container and the family.</summary>
[Collection(nameof(Alone))]
public sealed class LoadingMemoryTests(ITestOutputHelper output)
{
    private const long Allowance = 64 << 20;

    // About 160 MB in F32, so that a copy would not go unnoticed.
    private static readonly ModelConfig Llama = FamilyShapes.Wide["llama"] with { HiddenSize = 1024, HeadDim = 128, IntermediateSize = 3072, VocabSize = 4099 };

    private static readonly Dictionary<string, (ModelConfig Config, DType Type, bool IsGguf)> Cases = new()
    {
        ["llama, directory, F32"] = (Llama, DType.F32, false),
        ["llama, GGUF, BF16"] = (Llama with { NumHiddenLayers = 6 }, DType.BF16, true),
        ["llama, GGUF, Q8_0"] = (Llama with { NumHiddenLayers = 12 }, DType.Q8_0, true),
        ["gemma2, directory, BF16: norms less one"] = (Of("gemma2") with { NumHiddenLayers = 6, SlidingLayers = [true, false, true, false, true, false] }, DType.BF16, false),
        ["gpt2, directory, F32: inputs first"] = (Of("gpt2") with { HeadDim = 128, NumKeyValueHeads = 8 }, DType.F32, false),
        ["phi3, GGUF, F16: stacked"] = (Of("phi3") with { NumHiddenLayers = 6, HeadDim = 128, PartialRotaryFactor = 1, RopeScaling = null, RopeFactors = null, RopeLongFactors = null }, DType.F16, true),
        ["mixtral, GGUF, Q8_0: experts in one tensor"] = (Of("mixtral") with { MoeIntermediateSize = 3072 }, DType.Q8_0, true),
    };

    public static TheoryData<string> Names => new(Cases.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void Loading_takes_the_mapped_file_and_little_more(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the peak of a process is read from /proc");
        var (config, type, isGguf) = Cases[name];
        using var folder = new ScratchFolder();
        var path = folder.File(isGguf ? "model.gguf" : "model");
        using (var checkpoint = FamilyCheckpoints.Create(isGguf ? config with { InputFirstLinears = false } : config, type, 1, vocabulary: isGguf))
        {
            if (isGguf) GgufExport.Write(path, checkpoint, (_, t) => t.DType);
            else HuggingFaceExport.Write(path, checkpoint, (_, t) => t.DType);
            foreach (var tensor in checkpoint.Weights.All.Values) ((NativeStorage)tensor.Owner).Dispose();
        }
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);

        File.WriteAllText("/proc/self/clear_refs", "5");
        var before = Status("VmRSS");
        using var opened = Checkpoint.Open(path);
        var model = opened.CreateModel();
        // A token reads every weight, so the whole file has been mapped in.
        using var workers = new Workers(1);
        using var cache = model.NewCache(1, 4);
        using var pass = new Pass(workers, cache);
        model.Logits(pass, model.Forward(pass, [new Row(1, 0, WantsLogits: true)]));
        var taken = Status("VmHWM") - before;

        output.WriteLine($"{name}: file {opened.FileBytes / 1e6:f0} MB, taken {taken / 1e6:f0} MB");
        Assert.True(opened.FileBytes > Allowance, $"a file of {opened.FileBytes} bytes proves nothing");
        Assert.InRange(taken, 0, opened.FileBytes + Allowance);
    }

    private static ModelConfig Of(string family) => FamilyShapes.Wide[family] with { HiddenSize = 1024, HeadDim = 128, IntermediateSize = 3072, VocabSize = 4099 };

    private static long Status(string field) => 1024 * long.Parse(
        File.ReadLines("/proc/self/status").First(l => l.StartsWith(field, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
