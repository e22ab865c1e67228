using Bantam.Checkpoints;
using Bantam.Compression;
using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Models;
using Bantam.Ops;
using Bantam.Tensors;
using Bantam.Tests.Formats;
using Bantam.Tests.Models;

namespace Bantam.Tests.Checkpoints;

/// <summary>Checkpoints in 8-bit floats run from where they lie, as the model that they stand for.</summary>
public sealed unsafe class Float8CheckpointTests
{
    private static readonly Row[] Rows =
        [.. Enumerable.Range(0, 24).Select(i => new Row(i * 37 % Float8Llama.Config.VocabSize, i, WantsLogits: true))];

    public static TheoryData<string> Kinds => [.. Float8Llama.Kinds.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Logits_are_those_of_the_weights_multiplied_out(string kind)
    {
        using var pair = new Pair(kind);
        var expected = Logits(pair.Plain.CreateModel(), tape: null, DType.F32);
        var actual = Logits(pair.Quantised.CreateModel(), tape: null, DType.F32);
        var most = expected.Max(Math.Abs);
        Assert.InRange(most, 1, 100);
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-4 * most);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Recording_and_double_precision_see_the_same_numbers_bit_for_bit(string kind)
    {
        using var pair = new Pair(kind);
        Assert.Equal(Logits(pair.Plain.CreateModel(), new Tape(), DType.F32), Logits(pair.Quantised.CreateModel(), new Tape(), DType.F32));
        Assert.Equal(Logits(InDouble(pair.Plain), tape: null, DType.F64), Logits(InDouble(pair.Quantised), tape: null, DType.F64));
        // What the gradients of the norms pass through on their way back: every matrix, transposed.
        Assert.Equal(Gradient(pair.Plain), Gradient(pair.Quantised));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Converting_gives_the_files_of_the_weights_multiplied_out(string kind)
    {
        using var folder = new ScratchFolder();
        using var pair = new Pair(kind);
        foreach (var type in new[] { DType.F32, DType.BF16, DType.Q8_0 })
        {
            foreach (var (name, checkpoint) in new[] { ("a", pair.Quantised), ("b", pair.Plain) })
                GgufExport.Write(folder.File(name), checkpoint, (_, t) => t.Shape.Rank == 1 ? DType.F32 : type);
            Same(folder.File("b"), folder.File("a"));
        }
        foreach (var (name, checkpoint) in new[] { ("c", pair.Quantised), ("d", pair.Plain) })
            HuggingFaceExport.Write(folder.File(name), checkpoint, DType.BF16);
        Same(folder.File("d"), folder.File("c"));
        Assert.Equal(File.ReadAllText(Path.Combine(folder.File("d"), "config.json")), File.ReadAllText(Path.Combine(folder.File("c"), "config.json")));
        Assert.Equal("BT1068", Assert.Throws<BantamException>(() => HuggingFaceExport.Write(folder.File("e"), pair.Quantised, (_, t) => t.DType)).Code);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_a_format_loses_is_judged_by_the_values(string kind)
    {
        using var pair = new Pair(kind);
        using var workers = new Workers(2);
        var plain = Sensitivity.FromWeights(pair.Plain.Weights, workers).ToDictionary(t => t.Name, t => t.Options.ToDictionary(o => o.Type, o => o.Distortion));
        foreach (var tensor in Sensitivity.FromWeights(pair.Quantised.Weights, workers))
        {
            Assert.NotEmpty(tensor.Options);
            foreach (var option in tensor.Options)
                if (option.Type != tensor.StoredAs) Assert.Equal(plain[tensor.Name][option.Type], option.Distortion);
            // A file of the new formats must be able to hold it.
            Assert.All(tensor.Options, o => Assert.True(o.Type.GgmlType >= 0));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Opening_copies_no_weight_and_only_scales_that_are_no_F32(string kind)
    {
        using var pair = new Pair(kind);
        var scaled = 0;
        foreach (var (name, tensor) in pair.Quantised.Weights.All)
        {
            Assert.IsType<MappedFile>(tensor.Owner);
            Assert.Equal(tensor.DType == DType.F8_E4M3, tensor.Scales is not null);
            if (tensor.Scales is not { } scales) continue;
            scaled++;
            if (Float8Llama.Kinds[kind].ScaleType == DType.F32) Assert.IsType<MappedFile>(scales.Values.Owner);
            else Assert.Equal(4 * scales.Values.Shape.Count, Assert.IsType<NativeStorage>(scales.Values.Owner).Length);
        }
        Assert.Equal(pair.Plain.Weights.All.Keys.Count(n => n.Contains(".weight", StringComparison.Ordinal) && Float8Llama.Kinds[kind].Holds(n) && pair.Plain.Weights.All[n].Shape.Rank == 2), scaled);
        Assert.Equal(pair.Plain.Weights.All.Keys.Order(StringComparer.Ordinal), pair.Quantised.Weights.All.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(160, 1, 1, 0)]
    [InlineData(160, 3, 1, 0)]
    [InlineData(160, 1, 128, 128)]
    [InlineData(160, 5, 24, 48)]
    [InlineData(37, 2, 5, 7)]
    public void A_product_adds_scaled_blocks_in_ascending_order(int columns, int tokens, int rowBlock, int columnBlock)
    {
        const int Outputs = 61;
        var random = new Random(7);
        var width = columnBlock == 0 ? columns : columnBlock;
        var weight = Random(DType.F8_E4M3, new Shape(Outputs, columns));
        var scales = Random(DType.F32, new Shape(TensorScales.Blocks(Outputs, rowBlock), TensorScales.Blocks(columns, width)));
        var x = Random(DType.F32, new Shape(tokens, columns));
        var expected = new float[tokens * Outputs];
        for (var t = 0; t < tokens; t++)
            for (var n = 0; n < Outputs; n++)
                for (var from = 0; from < columns; from += width)
                {
                    var dot = F8_E4M3.DotReference(weight.Row(n) + from, x.Row(t) + (4 * from), Math.Min(width, columns - from));
                    var product = scales.RowSpan<float>(n / rowBlock)[from / width] * dot;
                    expected[(t * Outputs) + n] = from == 0 ? product : expected[(t * Outputs) + n] + product;
                }
        foreach (var threads in new[] { 1, 3 })
        {
            using var workers = new Workers(threads);
            using var cache = new KvCache(1, 1, 2, 1, 1, DType.F32);
            using var pass = new Pass(workers, cache);
            Assert.Equal(expected, MatMul.Forward(pass, x, weight.WithScales(new TensorScales(scales, rowBlock, width))).AsSpan<float>().ToArray());
        }

        Tensor Random(DType type, Shape shape) =>
            TinyLlama.Store([.. Enumerable.Range(0, (int)shape.Count).Select(_ => TinyLlama.Gaussian(random))], type, shape);
    }

    // A safetensors file begins with its widest types, so that the two sources have their tensors in other orders.
    private static void Same(string expected, string actual)
    {
        using var a = Checkpoint.Open(expected);
        using var b = Checkpoint.Open(actual);
        Assert.Equal(new FileInfo(expected) is { Exists: true } file ? file.Length : 0, new FileInfo(actual) is { Exists: true } other ? other.Length : 0);
        Assert.Equal(a.Weights.All.Keys.Order(StringComparer.Ordinal), b.Weights.All.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, tensor) in a.Weights.All)
        {
            var made = b.Weights.All[name];
            Assert.Equal((tensor.DType, tensor.Shape), (made.DType, made.Shape));
            Assert.True(new Span<byte>(tensor.Data, (int)tensor.Bytes).SequenceEqual(new Span<byte>(made.Data, (int)made.Bytes)), name);
        }
    }

    private static double[] Logits(CausalLm model, Tape? tape, DType compute)
    {
        using var workers = new Workers(1);
        using var cache = model.NewCache(1, Rows.Length, compute);
        using var pass = new Pass(workers, cache, tape, compute);
        var logits = model.Logits(pass, model.Forward(pass, Rows));
        return compute == DType.F64 ? logits.AsSpan<double>().ToArray() : Array.ConvertAll(logits.AsSpan<float>().ToArray(), v => (double)v);
    }

    // Gains must be of the type that a pass computes in; matrices stay as they are stored.
    private static CausalLm InDouble(Checkpoint checkpoint) => checkpoint.CreateModel(checkpoint.Weights.With(checkpoint.Weights.All
        .Where(t => t.Value.Shape.Rank == 1)
        .ToDictionary(t => t.Key, t => TinyLlama.Store(t.Value.AsSpan<float>(), DType.F64, t.Value.Shape))));

    private static float[] Gradient(Checkpoint checkpoint)
    {
        var model = checkpoint.CreateModel();
        var norm = checkpoint.Weights.All["model.layers.0.input_layernorm.weight"];
        var tape = new Tape();
        tape.Watch(norm);
        using var workers = new Workers(1);
        using var cache = model.NewCache(1, Rows.Length, DType.F32);
        using var pass = new Pass(workers, cache, tape);
        var logits = model.Logits(pass, model.Forward(pass, Rows));
        pass.Backward(CrossEntropy.Forward(pass, logits, [.. Rows.Select(r => (r.Token + 1) % Float8Llama.Config.VocabSize)]));
        var gradient = tape.Gradient(norm).AsSpan<float>().ToArray();
        Assert.Contains(gradient, g => g != 0);
        return gradient;
    }

    private sealed class Pair : IDisposable
    {
        private readonly ScratchFolder _folder = new();

        public Pair(string kind)
        {
            var (quantised, plain) = Float8Llama.Write(_folder, kind);
            (Quantised, Plain) = (Checkpoint.Open(quantised), Checkpoint.Open(plain));
        }

        public Checkpoint Quantised { get; }

        public Checkpoint Plain { get; }

        public void Dispose()
        {
            Quantised.Dispose();
            Plain.Dispose();
            _folder.Dispose();
        }
    }
}
