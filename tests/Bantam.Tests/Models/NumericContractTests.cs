using Bantam.Checkpoints;
using Bantam.Execution;
using Bantam.Kernels.Quant;
using Bantam.Models;
using Bantam.Tensors;
using Bantam.Tests.Checkpoints;
using Bantam.Tests.Formats;

namespace Bantam.Tests.Models;

/// <summary>
/// The numeric contract (docs/numerics.md): a row alone = the same row among others = any chunking = any thread count,
/// bit for bit, in every weight format and cache type.
/// </summary>
[Trait("Category", "Kernels")]
public sealed class NumericContractTests
{
    private static readonly int[][] Texts = [[.. Tokens(23, 1)], [.. Tokens(40, 2)], [.. Tokens(9, 3)]];

    // Weights and cache never meet: matrices read the one, attention reads the other. So not every pair is tried.
    public static TheoryData<string, string> FormatsAndCaches
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var cache in KvTypes.All.Where(cache => cache != DType.F16)) data.Add("F32", cache.Name);
            foreach (var format in BlockFormats.All) data.Add(format.DType.Name, "F16");
            return data;
        }
    }

    public static TheoryData<string> KindsOfScales => [.. Float8Llama.Kinds.Keys];

    [Theory]
    [MemberData(nameof(FormatsAndCaches))]
    public void Logits_do_not_depend_on_company_chunking_or_threads(string format, string cacheType)
    {
        var type = DType.All.Single(t => t.Name == format);
        var cache = DType.All.Single(t => t.Name == cacheType);
        Check(new Llama(TinyLlama.Wide, TinyLlama.Weights(TinyLlama.Wide, type)), cache);
    }

    [Theory]
    [MemberData(nameof(KindsOfScales))]
    public void Nor_do_they_where_weights_have_scales_beside_them(string kind)
    {
        using var folder = new ScratchFolder();
        using var checkpoint = Checkpoint.Open(Float8Llama.Write(folder, kind).Quantised);
        Check(checkpoint.CreateModel(), DType.F16);
    }

    private static void Check(CausalLm model, DType cache)
    {
        // One text at a time, one token at a time, one thread: the plainest way.
        var expected = Texts.Select(text => RaggedRun.Logits(model, cache, threads: 1, [text], chunk: 1)[0]).ToArray();

        foreach (var threads in new[] { 1, 2, 3 })
            foreach (var chunk in new[] { 1, 2, 7, 16, 1000 })
            {
                var together = RaggedRun.Logits(model, cache, threads, Texts, chunk);
                for (var s = 0; s < Texts.Length; s++)
                    if (!expected[s].AsSpan().SequenceEqual(together[s]))
                        Assert.Fail($"text {s} among {Texts.Length} in chunks of {chunk} on {threads} threads differs first at logit {FirstDifference(expected[s], together[s])}");
            }
    }

    private static string FirstDifference(int[] a, int[] b)
    {
        var i = a.AsSpan().CommonPrefixLength(b);
        return $"{i}: {BitConverter.Int32BitsToSingle(a[i]):r} and {BitConverter.Int32BitsToSingle(b[i]):r}";
    }

    private static IEnumerable<int> Tokens(int n, int seed)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, n).Select(_ => random.Next(TinyLlama.Wide.VocabSize));
    }
}
