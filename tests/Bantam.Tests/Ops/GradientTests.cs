using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Models;
using Bantam.Nn;
using Bantam.Ops;
using Bantam.Tensors;
using Bantam.Tests.Models;

namespace Bantam.Tests.Ops;

/// <summary>
/// Gradients against central differences, in double precision, through the same forward that decodes. An op is a row of
/// the table; the two-layer model then uses all of them together.
/// </summary>
public sealed unsafe class GradientTests
{
    private static readonly Row[] Rows =
    [
        new(3, 0, 0, WantsLogits: true), new(7, 1, 0), new(3, 2, 0, WantsLogits: true, Adapter: 0),
        new(5, 0, 1, WantsLogits: true, Adapter: 0), new(1, 1, 1, WantsLogits: true),
    ];

    // Two texts that go on behind what the cache has of them, the first further than its windows look back.
    private static readonly Row[] History = [new(6, 0), new(9, 0, 1), new(4, 1), new(8, 2), new(2, 3), new(10, 4)];

    private static readonly Row[] Future =
    [
        new(3, 5, WantsLogits: true), new(5, 1, 1, WantsLogits: true), new(7, 6), new(1, 2, 1), new(3, 7, WantsLogits: true), new(0, 8), new(9, 9, WantsLogits: true),
    ];

    /// <summary>
    /// Every op, and after a comma what is particular, with the shapes of its parameters; the value is folded to one number
    /// by fixed random weights.
    /// </summary>
    private static readonly Dictionary<string, (Shape[] Parameters, Func<Pass, Tensor[], Tensor> Value)> Table = new()
    {
        ["add"] = ([new(5, 6), new(5, 6)], (pass, p) => Bantam.Ops.Add.Forward(pass, p[0], p[1])),
        ["add, to itself"] = ([new(5, 6)], (pass, p) => Bantam.Ops.Add.Forward(pass, p[0], p[0])),
        ["add, into"] = ([new(5, 6), new(5, 6)], (pass, p) => Bantam.Ops.Add.Into(pass, p[0], p[1])),
        ["bias"] = ([new(5, 6), new(6)], (pass, p) => AddBias.Forward(pass, Copy(pass, p[0]), p[1])),
        ["scale"] = ([new(5, 6)], (pass, p) => Scale.Forward(pass, Copy(pass, p[0]), 3.5f)),
        ["soft cap"] = ([new(5, 6)], (pass, p) => SoftCap.Forward(pass, Copy(pass, p[0]), 1.5f)),
        ["columns"] = ([new(5, 6)], (pass, p) => Columns.Forward(pass, p[0], 2, 3)),
        ["matmul"] = ([new(5, 6), new(4, 6)], (pass, p) => MatMul.Forward(pass, p[0], p[1])),
        ["matmul inputs first"] = ([new(5, 6), new(6, 4)], (pass, p) => MatMulInputFirst.Forward(pass, p[0], p[1])),
        ["rms norm"] = ([new(5, 6), new(6)], (pass, p) => Bantam.Ops.RmsNorm.Forward(pass, p[0], p[1], 1e-2f)),
        ["rms norm, gains less one"] = ([new(5, 6), new(6)], (pass, p) => Bantam.Ops.RmsNorm.Forward(pass, p[0], p[1], 1e-2f, unitOffset: true)),
        ["layer norm"] = ([new(5, 6), new(6), new(6)], (pass, p) => Bantam.Ops.LayerNorm.Forward(pass, p[0], p[1], p[2], 1e-2f)),
        ["gated activation, silu"] = ([new(5, 6), new(5, 6)], (pass, p) => SwiGlu.Forward(pass, p[0], p[1])),
        ["gated activation, gelu"] = ([new(5, 6), new(5, 6)], (pass, p) => GeGlu.Forward(pass, p[0], p[1])),
        ["gelu"] = ([new(5, 6)], (pass, p) => Gelu.Forward(pass, p[0])),
        ["rope, halves"] = ([new(5, 8)], (pass, p) => Rope.Forward(pass, Copy(pass, p[0]), Rope.Table(pass, [1, 0.1]), 4, RopePairing.Halves)),
        ["rope, interleaved"] = ([new(5, 8)], (pass, p) => Rope.Forward(pass, Copy(pass, p[0]), Rope.Table(pass, [1, 0.1]), 4, RopePairing.Interleaved)),
        ["rope, in part and times a factor"] = ([new(5, 12)], (pass, p) => Rope.Forward(pass, Copy(pass, p[0]), Rope.Table(pass, [1, 0.1], 1.3), 6, RopePairing.Halves)),
        ["embed"] = ([new(11, 6)], (pass, p) => Embed.Forward(pass, p[0])),
        ["embed, positions"] = ([new(4, 6)], (pass, p) => Embed.Positions(pass, p[0])),
        ["gather"] = ([new(5, 6)], (pass, p) => Gather.Forward(pass, p[0])),
        ["attention"] = ([new(5, 16), new(5, 8), new(5, 8)], (pass, p) => Attention.Forward(pass, p[0], p[1], p[2], 0, new(4))),
        ["attention, windowed, capped and scaled"] = ([new(5, 16), new(5, 8), new(5, 8)], (pass, p) => Attention.Forward(pass, p[0], p[1], p[2], 0, new(4, 0.7, Window: 2, SoftCap: 1.2f))),
        ["route"] = ([new(5, 4)], (pass, p) => Route.Forward(pass, p[0], 2, normalise: false).Weights),
        ["route, normalised"] = ([new(5, 4)], (pass, p) => Route.Forward(pass, p[0], 2, normalise: true).Weights),
        ["dispatch"] = ([new(5, 6)], (pass, p) => Dispatch.Forward(pass, p[0], Choices, 1)),
        ["combine"] = ([new(5, 6), new(3, 6), new(5, 2)], (pass, p) => Combine.Forward(pass, Copy(pass, p[0]), p[1], Choices, p[2], 1)),
        ["adapter"] = ([new(5, 6), new(5, 6)], (pass, p) => AddAdapter.Forward(pass, Copy(pass, p[0]), p[1], 0.7f, 0)),
        ["cross-entropy"] = ([new(5, 11)], (pass, p) => CrossEntropy.Forward(pass, p[0], [3, -1, 10, 0, 3])),
    };

    // Two experts for each of the five rows; three of the rows chose number 1.
    private static Tensor Choices
    {
        get
        {
            var experts = new NativeStorage(5 * 2 * 4).View(DType.I32, new Shape(5, 2));
            new[] { 0, 1, 2, 0, 1, 3, 3, 2, 2, 1 }.CopyTo(experts.AsSpan<int>());
            return experts;
        }
    }

    public static TheoryData<string> Ops => new(Table.Keys);

    [Theory]
    [MemberData(nameof(Ops))]
    public void An_op_s_gradient_equals_central_differences(string op)
    {
        var (shapes, value) = Table[op];
        var random = new Random(op.Length);
        var parameters = shapes.Select(s => Random(random, s)).ToArray();
        using var setup = new Setup(TinyLlama.Narrow, DType.F64);
        Check(setup, parameters, pass =>
        {
            pass.Begin(Rows);
            return Fold(pass, value(pass, parameters));
        });
    }

    [Fact]
    public void The_table_covers_every_op_with_a_backward()
    {
        var withBackward = typeof(MatMul).Assembly.GetTypes()
            .Where(t => t.Namespace == typeof(MatMul).Namespace)
            .Count(t => t.GetMethods(System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic).Any(m => m.Name == "Backward"));
        Assert.Equal(withBackward, Table.Keys.DistinctBy(op => op.Split(',')[0]).Count());
    }

    [Fact]
    public void A_two_layer_model_s_gradient_equals_central_differences_for_every_weight()
    {
        var weights = TinyLlama.Weights(TinyLlama.Narrow, DType.F64);
        var model = new Llama(TinyLlama.Narrow, weights);
        using var setup = new Setup(TinyLlama.Narrow, DType.F64);
        Check(setup, [.. weights.All.Values], pass => Loss(model, pass));
    }

    public static TheoryData<string> Families => new(FamilyShapes.Tiny.Keys);

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_family_s_gradient_equals_central_differences(string family)
    {
        var (model, weights) = Tiny(family, DType.F64);
        using var setup = new Setup(model, DType.F64);
        // Windows that have moved on: what lies before the recorded rows is constant. Embeddings are small, and near 0 a norm
        // is far from straight: hence the smaller step.
        setup.Remember(model, History);
        Check(setup, [.. weights.All.Values], pass => Loss(model, pass, Future), every: 29, epsilon: 1e-6);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Adapters_of_every_family_train(string family)
    {
        var (model, weights) = Tiny(family, DType.F64);
        var adapters = new List<Tensor>();
        var random = new Random(5);
        var seen = new List<string>();
        model.MapLinears(linear =>
        {
            seen.Add($"{linear.Path}.weight");
            // Experts and the head see other rows than the pass's, which adapters refuse.
            if (linear.Path.Contains(".experts.", StringComparison.Ordinal) || linear.Path == "lm_head") return linear;
            adapters.Add(Random(random, new Shape(2, linear.Inputs)));
            adapters.Add(Random(random, new Shape(linear.Outputs, 2)));
            return new LoraLinear(linear, adapters[^2], adapters[^1], scale: 0.1f, adapter: 0);
        });
        // No linear is forgotten.
        var expected = Architectures.Of(model.Config).Layout(model.Config).Where(s => s.Shape.Rank == 2 && s.Role is not (TensorRole.Embedding or TensorRole.Position)).Select(s => s.Name);
        Assert.Equal(expected.Append("lm_head.weight").Distinct().Order(StringComparer.Ordinal), seen.Order(StringComparer.Ordinal));

        using var setup = new Setup(model, DType.F64);
        setup.Remember(model, History);
        Row[] rows = [.. Future.Select((r, i) => r with { Adapter = i % 3 == 1 ? -1 : 0 })];
        Check(setup, [.. adapters], pass => Loss(model, pass, rows), every: 13, epsilon: 1e-6);
    }

    [Fact]
    public void An_adapter_on_an_expert_is_refused_whatever_the_text()
    {
        // In this model the first expert has all rows or none, of which a pass would not complain.
        var (model, _) = Tiny("mixtral", DType.F32);
        Assert.Equal("BT2122", Assert.Throws<BantamException>(() => model.MapLinears(linear => !linear.Path.EndsWith(".experts.0.w1", StringComparison.Ordinal) ? linear
            : new LoraLinear(linear, TinyLlama.Store(new float[48], DType.F32, new Shape(2, 24)), TinyLlama.Store(new float[20], DType.F32, new Shape(10, 2)), scale: 1))).Code);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_recording_pass_of_every_family_computes_what_inference_computes_over_float_weights(string family)
    {
        var (model, _) = Tiny(family, DType.F32);
        using var setup = new Setup(model, DType.F32);
        setup.Remember(model, History);
        var recorded = Logits(setup.Pass);
        using var workers = new Workers(1);
        using var cache = model.NewCache(2, 16, DType.F32, chunk: 5);
        using var inference = new Pass(workers, cache);
        model.Forward(inference, History);
        inference.Reset();
        Assert.Equal(recorded, Logits(inference));

        float[] Logits(Pass pass) => model.Logits(pass, model.Forward(pass, Future)).AsSpan<float>().ToArray();
    }

    [Fact]
    public void Adapters_over_frozen_8_bit_linears_train_and_the_base_gets_no_gradient()
    {
        var (model, weights, adapters) = Adapted(DType.F64);
        using var setup = new Setup(TinyLlama.Wide, DType.F64);
        Check(setup, adapters, pass => Loss(model, pass), every: 37);

        Loss(model, setup.Pass);
        Assert.All(weights.All.Values, w => Assert.False(setup.Tape.Watches(w)));
    }

    [Fact]
    public void The_single_precision_pass_agrees_with_the_double_one()
    {
        var (model32, _, adapters32) = Adapted(DType.F32);
        var (model64, _, adapters64) = Adapted(DType.F64);
        using var setup32 = new Setup(TinyLlama.Wide, DType.F32);
        using var setup64 = new Setup(TinyLlama.Wide, DType.F64);
        foreach (var a in adapters32) setup32.Tape.Watch(a);
        foreach (var a in adapters64) setup64.Tape.Watch(a);
        var loss32 = Loss(model32, setup32.Pass);
        var loss64 = Loss(model64, setup64.Pass);
        Assert.Equal(*(double*)loss64.Data, *(float*)loss32.Data, 1e-4);
        setup32.Pass.Backward(loss32);
        setup64.Pass.Backward(loss64);
        for (var i = 0; i < adapters32.Length; i++)
        {
            var (a, b) = (setup32.Tape.Gradient(adapters32[i]), setup64.Tape.Gradient(adapters64[i]));
            var scale = b.AsSpan<double>().ToArray().Max(Math.Abs);
            for (var k = 0; k < a.Shape.Count; k++)
                Assert.Equal(((double*)b.Data)[k], ((float*)a.Data)[k], 1e-3 * scale);
        }
    }

    [Fact]
    public void A_recording_pass_computes_what_inference_computes_over_float_weights()
    {
        var model = new Llama(TinyLlama.Wide, TinyLlama.Weights(TinyLlama.Wide, DType.F32));
        using var workers = new Workers(1);
        using var cache = model.NewCache(2, 8, DType.F32);
        using var recording = new Pass(workers, cache, new Tape());
        var recorded = model.Logits(recording, model.Forward(recording, Rows)).AsSpan<float>().ToArray();
        using var other = model.NewCache(2, 8, DType.F32);
        using var inference = new Pass(workers, other);
        Assert.Equal(recorded, model.Logits(inference, model.Forward(inference, Rows)).AsSpan<float>().ToArray());
    }

    // A wide model with Q8_0 linears (the reference pass needs F64 vectors) and an adapter at every linear of every block.
    private static (Llama Model, Weights Weights, Tensor[] Adapters) Adapted(DType compute)
    {
        var matrices = TinyLlama.Weights(TinyLlama.Wide, DType.Q8_0);
        var vectors = TinyLlama.Weights(TinyLlama.Wide, DType.F64).All.Where(t => t.Value.Shape.Rank == 1).ToDictionary();
        var weights = compute == DType.F64 ? matrices.With(vectors) : matrices;
        var model = new Llama(TinyLlama.Wide, weights);
        var random = new Random(5);
        var adapters = new List<Tensor>();
        model.MapLinears(linear =>
        {
            if (linear.Path == "lm_head") return linear;
            var (a, b) = (Values(random, 2 * (int)linear.Weight.Shape[1]), Values(random, 2 * (int)linear.Weight.Shape[0]));
            adapters.Add(TinyLlama.Store(a, compute, new Shape(2, linear.Weight.Shape[1])));
            adapters.Add(TinyLlama.Store(b, compute, new Shape(linear.Weight.Shape[0], 2)));
            return new LoraLinear(linear, adapters[^2], adapters[^1], scale: 0.5f, adapter: 0);
        });
        return (model, weights, [.. adapters]);

        static float[] Values(Random random, int n) => [.. Enumerable.Range(0, n).Select(_ => 0.05f * TinyLlama.Gaussian(random))];
    }

    private static (CausalLm Model, Weights Weights) Tiny(string family, DType compute)
    {
        var config = FamilyShapes.Tiny[family];
        var floats = FamilyShapes.Weights(config, DType.F32, 1).All;
        var weights = new Weights("tiny", floats.ToDictionary(t => t.Key, t => TinyLlama.Store(t.Value.AsSpan<float>(), compute, t.Value.Shape)));
        return (Architectures.Of(config).Create!(config, weights), weights);
    }

    private static Tensor Loss(CausalLm model, Pass pass) => Loss(model, pass, Rows);

    private static Tensor Loss(CausalLm model, Pass pass, Row[] rows) =>
        CrossEntropy.Forward(pass, model.Logits(pass, model.Forward(pass, rows)), [7, 2, -1, 9]);

    /// <summary>Analytic against (f(x + ε) − f(x − ε)) / 2ε for every <paramref name="every"/>-th element of every parameter.</summary>
    private static void Check(Setup setup, Tensor[] parameters, Func<Pass, Tensor> loss, int every = 1, double epsilon = 1e-5)
    {
        foreach (var parameter in parameters) setup.Tape.Watch(parameter);
        setup.Pass.Backward(loss(setup.Pass));
        var analytic = parameters.Select(p => setup.Tape.Gradient(p)).Select(g => g.Exists ? g.AsSpan<double>().ToArray() : null).ToArray();
        setup.Reset();
        var checkedElements = 0;
        for (var i = 0; i < parameters.Length; i++)
        {
            Assert.NotNull(analytic[i]);
            // Another place to begin for each, so that not all are the first of their row.
            for (var k = every * i / parameters.Length % parameters[i].Shape.Count; k < parameters[i].Shape.Count; k += every, checkedElements++)
            {
                var element = (double*)parameters[i].Data + k;
                var value = *element;
                *element = value + epsilon;
                var up = Value();
                *element = value - epsilon;
                var down = Value();
                *element = value;
                var numeric = (up - down) / (2 * epsilon);
                var error = Math.Abs(numeric - analytic[i]![k]) / Math.Max(1e-3, Math.Max(Math.Abs(numeric), Math.Abs(analytic[i]![k])));
                Assert.True(error < 1e-5, $"parameter {i} {parameters[i].Shape}, element {k}: numeric {numeric:r}, analytic {analytic[i]![k]:r}");
            }
        }
        Assert.NotEqual(0, checkedElements);

        double Value()
        {
            var result = *(double*)loss(setup.Pass).Data;
            setup.Reset();
            return result;
        }
    }

    private static Tensor Fold(Pass pass, Tensor value)
    {
        if (value.Shape.Count == 1) return value;
        return MatMul.Forward(pass, value.Reshape(1, value.Shape.Count), Random(new Random(99), new Shape(1, value.Shape.Count)));
    }

    // In-place ops must not overwrite a parameter.
    private static Tensor Copy(Pass pass, Tensor x) => Bantam.Ops.Add.Forward(pass, x, pass.Zeros(x.Shape));

    private static Tensor Random(Random random, Shape shape) =>
        TinyLlama.Store([.. Enumerable.Range(0, (int)shape.Count).Select(_ => TinyLlama.Gaussian(random))], DType.F64, shape);

    private sealed class Setup : IDisposable
    {
        private readonly Workers _workers = new(1);
        private readonly KvCache _cache;
        private readonly int[] _lengths = new int[2];

        public Setup(CausalLm model, DType compute)
        {
            _cache = model.NewCache(2, 16, compute, chunk: 5);
            Pass = new Pass(_workers, _cache, Tape, compute);
        }

        public Setup(ModelConfig config, DType compute)
        {
            _cache = new KvCache(config.NumHiddenLayers, config.NumKeyValueHeads, config.HeadDim, 2, 8, compute);
            Pass = new Pass(_workers, _cache, Tape, compute);
        }

        public Tape Tape { get; } = new();

        public Pass Pass { get; }

        public void Reset()
        {
            Pass.Reset();
            for (var s = 0; s < 2; s++) _cache.Truncate(s, _lengths[s]);
        }

        // What every pass then finds in the cache.
        public void Remember(CausalLm model, Row[] rows)
        {
            model.Forward(Pass, rows);
            Pass.Reset();
            for (var s = 0; s < 2; s++) _lengths[s] = _cache.Length(s);
        }

        public void Dispose()
        {
            Pass.Dispose();
            _cache.Dispose();
            _workers.Dispose();
        }
    }
}
