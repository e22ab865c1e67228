using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Tests.Kernels;

/// <summary>
/// The attention kernel, at every width of registers that this machine has, against the order of operations that
/// docs/numerics.md states, written down once more without any haste, and against softmax in double precision.
/// </summary>
[Trait("Category", "Kernels")]
public sealed unsafe class AttentionKernelTests
{
    private static readonly string[] Types = ["F32", "F16", "BF16", "Q8_0", "Q4_0"];

    public static TheoryData<string, string> TypesOfKeysAndValues
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var keys in Types)
                foreach (var values in Types)
                    data.Add(keys, values);
            return data;
        }
    }

    /// <summary>D, query heads to a head of keys, position of the first token, tokens, window, cap.</summary>
    public static TheoryData<int, int, int, int, int, float> Shapes => new()
    {
        { 64, 8, 0, 1, 0, 0 },
        { 64, 8, 700, 1, 0, 0 },
        { 64, 8, 0, 8, 0, 0 },
        { 64, 1, 250, 30, 0, 0 },
        { 128, 4, 511, 1, 0, 0 },
        { 128, 3, 60, 11, 0, 0 },
        { 32, 7, 300, 5, 0, 0 },
        { 32, 2, 500, 30, 100, 0 },
        { 32, 1, 600, 30, 5, 0 },
        { 32, 4, 255, 3, 1, 0 },
        { 96, 2, 319, 2, 320, 30 },
        { 64, 71, 130, 1, 0, 50 },
        { 256, 8, 256, 1, 0, 20 },
        { 4, 2, 270, 9, 0, 0 },
        { 8, 1, 70, 3, 64, 0 },
        { 20, 5, 513, 2, 40, 1 },
        { 80, 1, 66, 20, 0, 0 },
    };

    [Theory]
    [MemberData(nameof(TypesOfKeysAndValues))]
    public void Every_type_of_cache_gives_the_bits_of_the_specification(string keys, string values)
    {
        using var setup = new Setup(Find(keys), Find(values), 64, 8, 0, 300, 3, 0, 0);
        setup.Check();
        using var wide = new Setup(Find(keys), Find(values), 96, 2, 0, 100, 20, 90, 0);
        wide.Check();
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_shape_gives_the_bits_of_the_specification(int headDim, int group, int position, int tokens, int window, float cap)
    {
        foreach (var type in headDim % 32 == 0 ? new[] { DType.F16, DType.Q8_0, DType.F32 } : [DType.F16, DType.BF16, DType.F32])
        {
            using var setup = new Setup(type, type, headDim, group, headDim, position, tokens, window, cap);
            setup.Check();
        }
    }

    [Theory]
    [InlineData("F16")]
    [InlineData("BF16")]
    [InlineData("F32")]
    public void What_a_row_does_not_see_does_not_reach_it(string name)
    {
        // The third of six tokens stores infinity: the two before it must not notice.
        using var setup = new Setup(Find(name), Find(name), 64, 2, 0, 200, 6, 0, 0);
        setup.Spoil(202);
        foreach (var (width, y) in setup.Results())
        {
            Assert.All(y.AsSpan(0, 2 * 2 * 64).ToArray(), v => Assert.True(float.IsFinite(v), width));
            Assert.All(y.AsSpan(2 * 2 * 64).ToArray(), v => Assert.False(float.IsFinite(v), width));
        }
        setup.Check();
    }

    [Fact]
    public void Kernel_and_cache_agree_on_pages() => Assert.Equal(KvCache.PageSize, AttentionKernel.PageSize);

    [Fact]
    public void Exponentials_have_the_same_bits_at_every_width()
    {
        var random = new ExactRandom(4);
        var x = new float[4096];
        for (var i = 0; i < x.Length; i++) x[i] = random.Bell() * (i % 64);
        new[] { 0f, -0f, float.NegativeInfinity, float.PositiveInfinity, -87.33654f, 88.72283f, -87.4f, 88.8f, 1e-30f, -1e-44f }.CopyTo(x, 7);
        var expected = Array.ConvertAll(x, v => BitConverter.SingleToInt32Bits(Exp.Of(v)));
        fixed (float* p = x)
            for (var i = 0; i < x.Length; i += 16)
            {
                var at = expected.AsSpan(i, 16);
                if (Vector512.IsHardwareAccelerated) Same(Exp.Of<Width512, Vector512<float>>(Vector512.Load(p + i)).AsInt32(), at);
                var (low, high) = (Exp.Of<Width256, Vector256<float>>(Vector256.Load(p + i)), Exp.Of<Width256, Vector256<float>>(Vector256.Load(p + i + 8)));
                Same(Vector512.Create(low, high).AsInt32(), at);
                for (var j = 0; j < 16; j += 4)
                {
                    var four = Exp.Of<Width128, Vector128<float>>(Vector128.Load(p + i + j)).AsInt32();
                    for (var k = 0; k < 4; k++) Assert.Equal(at[j + k], four[k]);
                }
                for (var j = 0; j < 16; j++)
                    if (x[i + j] <= 0) Assert.Equal(at[j], BitConverter.SingleToInt32Bits(Exp.OfNotAboveZero<Width32, float>(x[i + j])));
            }

        static void Same(Vector512<int> actual, ReadOnlySpan<int> expected)
        {
            for (var k = 0; k < 16; k++) Assert.Equal(expected[k], actual[k]);
        }
    }

    private static DType Find(string name) => DType.All.Single(t => t.Name == name);

    // One group of query heads over the pages of one head of keys and values.
    private sealed class Setup : IDisposable
    {
        private const int PageSize = AttentionKernel.PageSize;
        private readonly List<nint> _memory = [];
        private readonly DType _keyType;
        private readonly DType _valueType;
        private readonly int _headDim;
        private readonly int _pages;
        private readonly float[] _q;
        private AttentionWork _work;
        private AttentionItem _item;

        public Setup(DType keys, DType values, int headDim, int group, int seed, int position, int tokens, int window, float cap)
        {
            (_keyType, _valueType, _headDim) = (keys, values, headDim);
            var random = new ExactRandom((ulong)seed + 17);
            _pages = ((position + tokens - 1) / PageSize) + 1;
            _q = new float[tokens * group * headDim];
            for (var i = 0; i < _q.Length; i++) _q[i] = random.Bell();
            // Pages lie in any order; those before the first that anybody sees, nowhere.
            var first = (window > 0 ? Math.Max(0, position - window + 1) : 0) / PageSize;
            _item = new AttentionItem { Pages = (int*)Take(_pages * 4L), Keys = Pages(random, keys), Values = Pages(random, values), Position = position, Tokens = tokens };
            for (var page = 0; page < _pages; page++) _item.Pages[page] = page < first ? int.MaxValue : _pages - 1 - page;
            var rows = tokens * group;
            _work = new AttentionWork
            {
                RowStride = group * headDim,
                Group = group,
                HeadDim = headDim,
                Window = window,
                Scale = 1.7f / MathF.Sqrt(headDim),
                SoftCap = cap,
                MostRows = rows,
                ScratchFloats = AttentionScratch.Floats(rows, headDim),
            };
            _work.Scratch = (float*)Take(4 * _work.ScratchFloats);
            new Span<float>(_work.Scratch, (int)_work.ScratchFloats).Fill(float.NaN);
        }

        public void Spoil(int position)
        {
            var x = new float[_headDim];
            Array.Fill(x, float.PositiveInfinity);
            fixed (float* p = x)
            {
                BlockFormats.Of(_keyType).Quantize(p, Place(_item.Keys, _keyType, position), _headDim);
                BlockFormats.Of(_valueType).Quantize(p, Place(_item.Values, _valueType, position), _headDim);
            }
        }

        public void Check()
        {
            var expected = Specified();
            var exact = Exact();
            foreach (var (width, y) in Results())
                for (var i = 0; i < y.Length; i++)
                {
                    if (float.IsNaN(expected[i]) && float.IsNaN(y[i])) continue;
                    if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(y[i]))
                        Assert.Fail($"{width}: {y[i]:r} instead of {expected[i]:r} at {i}");
                    if (float.IsFinite(y[i])) Assert.Equal(exact[i], y[i], 2e-5);
                }
        }

        public List<(string Width, float[] Y)> Results()
        {
            List<(string, float[])> results =
            [
                ("single floats", Run(&AttentionKernel<Width32, float>.Items)),
                ("128 bits", Run(&AttentionKernel<Width128, Vector128<float>>.Items)),
                ("256 bits", Run(&AttentionKernel<Width256, Vector256<float>>.Items)),
                ("this machine's", Run(AttentionKernel.Items)),
                ("this machine's, partitions apart", Apart()),
            ];
            return results;
        }

        private float[] Run(delegate*<void*, int, long, long, void> kernel)
        {
            var (work, item, y) = (_work, _item, new float[_q.Length]);
            fixed (float* q = _q, to = y)
            {
                Prepare(&work, &item, q, to);
                kernel(&work, 0, 0, 1);
            }
            return y;
        }

        // The last partition first, as another thread might.
        private float[] Apart()
        {
            var (work, item, y) = (_work, _item, new float[_q.Length]);
            fixed (float* q = _q, to = y)
            {
                Prepare(&work, &item, q, to);
                work.Partitions = item.LastPartition + 1;
                work.Partials = (float*)Take(4 * work.Partitions * work.PartialFloats);
                AttentionKernel.Partitions(&work, 0, work.Partitions - 1, work.Partitions);
                AttentionKernel.Partitions(&work, 0, 0, work.Partitions - 1);
                AttentionKernel.Joined(&work, 0, 0, 1);
            }
            return y;
        }

        private void Prepare(AttentionWork* work, AttentionItem* item, float* q, float* y)
        {
            item->Queries = q;
            item->Results = y;
            work->Items = item;
            work->Keys = AttentionFormat.Of(_keyType, _headDim);
            work->Values = AttentionFormat.Of(_valueType, _headDim);
        }

        // The rule, a number at a time.
        private float[] Specified()
        {
            var y = new float[_q.Length];
            var lanes = stackalloc float[16];
            for (var row = 0; row < y.Length / _headDim; row++)
            {
                var position = _item.Position + (row / _work.Group);
                var first = _work.First(position);
                var (max, sum) = (float.NegativeInfinity, 0f);
                var mix = new float[_headDim];
                for (var start = first / 256 * 256; start <= position; start += 256)
                {
                    var (from, to) = (Math.Max(first, start), Math.Min(position + 1, start + 256));
                    var p = new float[256];
                    var most = float.NegativeInfinity;
                    for (var j = from; j < to; j++)
                    {
                        var (key, score) = (Read(_item.Keys, _keyType, j), 0f);
                        for (var d = 0; d < _headDim; d++) score = MathF.FusedMultiplyAdd(_q[(row * _headDim) + d], key[d], score);
                        score *= _work.Scale;
                        if (_work.SoftCap > 0) score = _work.SoftCap * Tanh.Of(score / _work.SoftCap);
                        p[j - start] = score;
                        most = MathF.Max(most, score);
                    }
                    new Span<float>(lanes, 16).Clear();
                    var partial = new float[_headDim];
                    for (var j = from; j < to; j++)
                    {
                        var value = Read(_item.Values, _valueType, j);
                        var weight = Exp.Of(p[j - start] - most);
                        lanes[j % 16] += weight;
                        for (var d = 0; d < _headDim; d++) partial[d] = MathF.FusedMultiplyAdd(weight, value[d], partial[d]);
                    }
                    var larger = MathF.Max(max, most);
                    var (before, joins) = (Exp.Of(max - larger), Exp.Of(most - larger));
                    sum = MathF.FusedMultiplyAdd(Lanes.Fold(lanes), joins, sum * before);
                    for (var d = 0; d < _headDim; d++) mix[d] = MathF.FusedMultiplyAdd(partial[d], joins, mix[d] * before);
                    max = larger;
                }
                var inverse = 1 / sum;
                for (var d = 0; d < _headDim; d++) y[(row * _headDim) + d] = mix[d] * inverse;
            }
            return y;
        }

        // Softmax as it is defined, in double precision.
        private double[] Exact()
        {
            var y = new double[_q.Length];
            for (var row = 0; row < y.Length / _headDim; row++)
            {
                var position = _item.Position + (row / _work.Group);
                var first = _work.First(position);
                var sum = 0.0;
                for (var j = first; j <= position; j++)
                {
                    var (key, value, score) = (Read(_item.Keys, _keyType, j), Read(_item.Values, _valueType, j), 0.0);
                    for (var d = 0; d < _headDim; d++) score += (double)_q[(row * _headDim) + d] * key[d];
                    score *= _work.Scale;
                    if (_work.SoftCap > 0) score = _work.SoftCap * Math.Tanh(score / _work.SoftCap);
                    var weight = Math.Exp(score);
                    sum += weight;
                    for (var d = 0; d < _headDim; d++) y[(row * _headDim) + d] += weight * value[d];
                }
                for (var d = 0; d < _headDim; d++) y[(row * _headDim) + d] /= sum;
            }
            return y;
        }

        private float[] Read(byte* pages, DType type, int position)
        {
            var x = new float[_headDim];
            fixed (float* p = x) BlockFormats.Of(type).Dequantize(Place(pages, type, position), p, _headDim);
            return x;
        }

        private byte* Pages(ExactRandom random, DType type)
        {
            var pages = Take(_pages * PageSize * type.Bytes(_headDim));
            var x = new float[_pages * PageSize * _headDim];
            for (var i = 0; i < x.Length; i++) x[i] = random.Bell();
            fixed (float* p = x) BlockFormats.Of(type).Quantize(p, pages, x.Length);
            return pages;
        }

        private byte* Place(byte* pages, DType type, int position) =>
            pages + (((_item.Pages[position / PageSize] * PageSize) + (position % PageSize)) * type.Bytes(_headDim));

        private byte* Take(long bytes)
        {
            var memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
            _memory.Add((nint)memory);
            return memory;
        }

        public void Dispose()
        {
            foreach (var memory in _memory) NativeMemory.AlignedFree((void*)memory);
        }
    }
}
