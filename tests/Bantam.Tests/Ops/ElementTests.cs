using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Ops;
using Bantam.Tensors;

namespace Bantam.Tests.Ops;

/// <summary>
/// What is computed element by element against the plain formula, one float after another: the bits must be the same for
/// every width of a row, any number of rows and any number of threads.
/// </summary>
[Trait("Category", "Kernels")]
public sealed unsafe class ElementTests
{
    private const float Eps = 1e-5f;

    // x and z [T, C] with C a multiple of 4, w and b [C]; what the op makes of them and what the formula does, row by row.
    private static readonly Dictionary<string, (Func<Pass, Operands, Tensor> Op, Func<float[], float[], float[], float[], int, float[]> Formula)> Table = new()
    {
        ["add"] = ((pass, o) => Bantam.Ops.Add.Forward(pass, o.X, o.Z), (x, z, _, _, _) => Map(x, (v, i) => v + z[i])),
        ["add, into"] = ((pass, o) => Bantam.Ops.Add.Into(pass, o.X, o.Z), (x, z, _, _, _) => Map(x, (v, i) => v + z[i])),
        ["bias"] = ((pass, o) => AddBias.Forward(pass, o.X, o.W), (x, _, w, _, _) => Map(x, (v, i) => v + w[i])),
        ["scale"] = ((pass, o) => Scale.Forward(pass, o.X, 1.7f), (x, _, _, _, _) => Map(x, (v, _) => v * 1.7f)),
        ["soft cap"] = ((pass, o) => SoftCap.Forward(pass, o.X, 3), (x, _, _, _, _) => Map(x, (v, _) => 3 * (1 - (2 / (1 + Exponential((v / 3) + (v / 3))))))),
        ["rms norm"] = ((pass, o) => Bantam.Ops.RmsNorm.Forward(pass, o.X, o.W, Eps), (x, _, w, _, _) => RootMeanSquare(x, w, 0)),
        ["rms norm, gains less one"] = ((pass, o) => Bantam.Ops.RmsNorm.Forward(pass, o.X, o.W, Eps, unitOffset: true), (x, _, w, _, _) => RootMeanSquare(x, w, 1)),
        ["layer norm"] = ((pass, o) => Bantam.Ops.LayerNorm.Forward(pass, o.X, o.W, o.B, Eps), (x, _, w, b, _) => MeanAndVariance(x, w, b)),
        ["silu"] = ((pass, o) => SwiGlu.Forward(pass, o.X, o.Z), (x, z, _, _, _) => Map(x, (v, i) => v / (1 + Exponential(-v)) * z[i])),
        ["gated gelu"] = ((pass, o) => GeGlu.Forward(pass, o.X, o.Z), (x, z, _, _, _) => Map(x, (v, i) => Tanh(v) * z[i])),
        ["gelu"] = ((pass, o) => Gelu.Forward(pass, o.X), (x, _, _, _, _) => Map(x, (v, _) => Tanh(v))),
        ["columns"] = ((pass, o) => Columns.Forward(pass, o.X, 1, o.X.Shape.Columns - 2), (x, _, _, _, _) => x[1..^1]),
        ["rope, halves"] = ((pass, o) => Turn(pass, o.X, RopePairing.Halves, 1), (x, _, _, _, t) => Turned(x, t, RopePairing.Halves, 1)),
        ["rope, neighbours"] = ((pass, o) => Turn(pass, o.X, RopePairing.Interleaved, 1), (x, _, _, _, t) => Turned(x, t, RopePairing.Interleaved, 1)),
        ["rope, half of each head, halves"] = ((pass, o) => Turn(pass, o.X, RopePairing.Halves, 2), (x, _, _, _, t) => Turned(x, t, RopePairing.Halves, 2)),
        ["rope, half of each head, neighbours"] = ((pass, o) => Turn(pass, o.X, RopePairing.Interleaved, 2), (x, _, _, _, t) => Turned(x, t, RopePairing.Interleaved, 2)),
        ["combine"] = ((pass, o) => Combine.Forward(pass, o.X, o.Z, Chosen(pass), Weights(pass), 0), (x, z, _, _, t) => Map(x, (v, i) => v + (Weight(t) * z[i]))),
    };

    public static TheoryData<string, int, int> Cases
    {
        get
        {
            var data = new TheoryData<string, int, int>();
            foreach (var name in Table.Keys)
                foreach (var (rows, columns) in new[] { (1, 8), (3, 12), (1, 16), (2, 20), (5, 32), (3, 44), (2, 64), (37, 96), (3, 124), (200, 128), (2, 1000), (150, 1028) })
                    data.Add(name, rows, columns);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_width_and_every_team_gives_the_bits_of_the_formula(string name, int rows, int columns)
    {
        var (op, formula) = Table[name];
        foreach (var threads in new[] { 1, 3 })
        {
            using var workers = new Workers(threads);
            using var cache = new KvCache(1, 1, 4, 1, rows, DType.F32);
            using var pass = new Pass(workers, cache);
            pass.Begin([.. Enumerable.Range(0, rows).Select(i => new Row(0, i))]);
            var random = new Random(rows + columns);
            var o = new Operands(pass.New(rows, columns), pass.New(rows, columns), pass.New(columns), pass.New(columns));
            foreach (var tensor in new[] { o.X, o.Z, o.W, o.B })
                foreach (ref var value in tensor.AsSpan<float>()) value = (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-2, 3)));
            // The ends of what eˣ takes, and both zeros.
            float[] special = [0, -0f, 88.8f, -88.8f, 1e30f, -1e30f, 1e-42f, 200];
            for (var i = 0; i < special.Length; i++) ((float*)o.X.Data)[i * 7 % columns] = special[i];
            var (w, b) = (o.W.AsSpan<float>().ToArray(), o.B.AsSpan<float>().ToArray());
            var expected = Enumerable.Range(0, rows)
                .Select(t => formula(o.X.RowSpan<float>(t).ToArray(), o.Z.RowSpan<float>(t).ToArray(), w, b, t)).ToArray();
            var y = op(pass, o);
            for (var t = 0; t < rows; t++)
            {
                var actual = y.RowSpan<float>(t);
                Assert.Equal(expected[t].Length, actual.Length);
                for (var i = 0; i < actual.Length; i++)
                    Assert.True(Same(expected[t][i], actual[i]), $"row {t}, element {i}, {threads} threads: {actual[i]:r}, not {expected[t][i]:r}");
            }
        }
    }

    [Theory]
    [InlineData("Q8_0")]
    [InlineData("Q6_K")]
    [InlineData("F16")]
    public void Embedding_looks_up_the_same_by_any_team(string name)
    {
        var (type, c) = (DType.All.Single(t => t.Name == name), 512);
        var tokens = Enumerable.Range(0, 300).Select(i => i * 7 % 40).ToArray();
        float[] first = [];
        foreach (var threads in new[] { 1, 4 })
        {
            using var workers = new Workers(threads);
            using var cache = new KvCache(1, 1, 4, 1, tokens.Length, DType.F32);
            using var pass = new Pass(workers, cache);
            pass.Begin([.. tokens.Select((token, i) => new Row(token, i))]);
            var table = pass.New(type, 40, c);
            var random = new Random(1);
            for (var i = 0; i < 40; i++)
            {
                var row = Enumerable.Range(0, c).Select(_ => (float)random.NextDouble() - 0.5f).ToArray();
                fixed (float* p = row) BlockFormats.Of(type).Quantize(p, table.Row(i), c);
            }
            var y = Embed.Forward(pass, table);
            var expected = new float[c];
            for (var t = 0; t < tokens.Length; t++)
            {
                fixed (float* p = expected) BlockFormats.Of(type).Dequantize(table.Row(tokens[t]), p, c);
                Assert.Equal(expected, y.RowSpan<float>(t).ToArray());
            }
            var all = y.AsSpan<float>().ToArray();
            if (first.Length > 0) Assert.Equal(first, all);
            first = all;
        }
    }

    private static bool Same(float a, float b) => BitConverter.SingleToInt32Bits(a) == BitConverter.SingleToInt32Bits(b) || (float.IsNaN(a) && float.IsNaN(b));

    private static float[] Map(float[] x, Func<float, int, float> f) => [.. x.Select(f)];

    // The specification of Exp, once more and apart from it.
    private static float Exponential(float x)
    {
        if (x < -87.33654f) return 0;
        if (x > 88.72283f) return float.PositiveInfinity;
        var n = MathF.Round(x * 1.44269504f);
        var r = MathF.FusedMultiplyAdd(n, 2.12194440e-4f, MathF.FusedMultiplyAdd(n, -0.693359375f, x));
        var p = 1f / 5040;
        foreach (var c in new[] { 1f / 720, 1f / 120, 1f / 24, 1f / 6, 0.5f, 1, 1 }) p = MathF.FusedMultiplyAdd(p, r, c);
        var half = (int)n >> 1;
        return p * BitConverter.Int32BitsToSingle((half + 127) << 23) * BitConverter.Int32BitsToSingle(((int)n - half + 127) << 23);
    }

    private static float Tanh(float x) => x / (1 + Exponential(-((float)1.5957691216057308 * (x + (0.044715f * x * x * x)))));

    private static float[] RootMeanSquare(float[] x, float[] w, float offset)
    {
        var scale = 1 / MathF.Sqrt((Squares(x) / x.Length) + Eps);
        return Map(x, (v, i) => v * scale * (offset + w[i]));
    }

    private static float[] MeanAndVariance(float[] x, float[] w, float[] b)
    {
        var lanes = stackalloc float[Lanes.Count];
        new Span<float>(lanes, Lanes.Count).Clear();
        for (var i = 0; i < x.Length; i++) lanes[i % Lanes.Count] += x[i];
        var mean = Lanes.Fold(lanes) / x.Length;
        var y = Map(x, (v, _) => v - mean);
        var scale = 1 / MathF.Sqrt((Squares(y) / x.Length) + Eps);
        return Map(y, (v, i) => (v * scale * w[i]) + b[i]);
    }

    private static float Squares(float[] x)
    {
        fixed (float* p = x) return F32.DotReference((byte*)p, (byte*)p, x.Length);
    }

    // Heads of 4, or of 4 in each 8 where only half of a head turns.
    private static int HeadDim(long columns, int share) => columns % 32 == 0 ? 32 : 4 * share;

    private static double[] Frequencies(int pairs) => [.. Enumerable.Range(0, pairs).Select(i => Math.Pow(10000, -i / (double)pairs))];

    private static Tensor Turn(Pass pass, Tensor x, RopePairing pairing, int share)
    {
        var head = HeadDim(x.Shape.Columns, share);
        if (x.Shape.Columns % head != 0) head = (int)x.Shape.Columns;
        return Rope.Forward(pass, x, Rope.Table(pass, Frequencies(head / share / 2), 1.1), head, pairing);
    }

    private static float[] Turned(float[] x, int t, RopePairing pairing, int share)
    {
        var head = HeadDim(x.Length, share);
        if (x.Length % head != 0) head = x.Length;
        var (y, pairs) = ((float[])x.Clone(), head / share / 2);
        var frequencies = Frequencies(pairs);
        for (var start = 0; start < x.Length; start += head)
            for (var i = 0; i < pairs; i++)
            {
                var (a, b) = pairing == RopePairing.Halves ? (start + i, start + i + pairs) : (start + (2 * i), start + (2 * i) + 1);
                var (sine, cosine) = Math.SinCos(t * frequencies[i]);
                var (sin, cos) = ((float)(sine * 1.1), (float)(cosine * 1.1));
                (y[a], y[b]) = ((x[a] * cos) - (x[b] * sin), (x[a] * sin) + (x[b] * cos));
            }
        return y;
    }

    private static Tensor Chosen(Pass pass)
    {
        var experts = pass.New(DType.I32, pass.RowCount, 1);
        experts.AsSpan<int>().Clear();
        return experts;
    }

    private static float Weight(int t) => 0.3f + (t * 0.01f);

    private static Tensor Weights(Pass pass)
    {
        var weights = pass.New(pass.RowCount, 1);
        for (var t = 0; t < pass.RowCount; t++) *(float*)weights.Row(t) = Weight(t);
        return weights;
    }

    private readonly record struct Operands(Tensor X, Tensor Z, Tensor W, Tensor B);
}
