using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Ops;
using Bantam.Tensors;

namespace Bantam.Tests.Ops;

/// <summary>A matrix that lies inputs first and its transpose give the same bits, whatever path their numbers of tokens take.</summary>
[Trait("Category", "Kernels")]
public sealed unsafe class MatMulInputFirstTests
{
    [Theory]
    [InlineData("F32")]
    [InlineData("F16")]
    [InlineData("BF16")]
    public void It_equals_the_product_with_its_transpose_bit_for_bit(string name)
    {
        var type = DType.All.Single(t => t.Name == name);
        foreach (var (tokens, k, n) in new[] { (1, 5, 3), (15, 40, 33), (16, 40, 33), (17, 21, 16), (19, 33, 100), (23, 2070, 20), (520, 24, 36) })
        {
            var random = new ExactRandom((ulong)(tokens + k + n));
            float[] w = [.. Enumerable.Range(0, k * n).Select(_ => random.Bell())], x = [.. Enumerable.Range(0, tokens * k).Select(_ => random.Bell())];
            var transposed = new float[w.Length];
            for (var i = 0; i < w.Length; i++) transposed[(i % n * k) + (i / n)] = w[i];
            foreach (var threads in new[] { 1, 2 })
            {
                using var workers = new Workers(threads);
                using var cache = new KvCache(1, 1, 2, 1, 1, DType.F32);
                using var pass = new Pass(workers, cache);
                var activations = Models.TinyLlama.Store(x, DType.F32, new Shape(tokens, k));
                var expected = MatMul.Forward(pass, activations, Models.TinyLlama.Store(transposed, type, new Shape(n, k)));
                var actual = MatMulInputFirst.Forward(pass, activations, Models.TinyLlama.Store(w, type, new Shape(k, n)));
                Assert.Equal(Bits(expected), Bits(actual));
            }
        }
    }

    private static int[] Bits(Tensor tensor) => [.. tensor.AsSpan<float>().ToArray().Select(BitConverter.SingleToInt32Bits)];
}
