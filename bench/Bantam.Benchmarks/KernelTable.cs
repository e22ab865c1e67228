using System.Globalization;
using Bantam.Kernels.Quant;
using Bantam.Sizing;

namespace Bantam.Benchmarks;

/// <summary>
/// The products of all formats in under a minute, each beside the limit that was measured in the same process: what one
/// looks at while working on a kernel. Medians of short runs; the best one tells what a busy machine hides. <see cref="DecodeBenchmarks"/> and <see cref="GemmBenchmarks"/> take longer and know more.
/// <c>dotnet run -c Release --project bench/Bantam.Benchmarks -- kernels [WORD...] [-t THREADS]</c>; every word must occur
/// in the name of a row: <c>decode</c>, <c>Q4_0</c>, <c>T=16</c>.
/// </summary>
internal static unsafe class KernelTable
{
    /// <summary>A matrix of TinyLlama's feed-forward network.</summary>
    public const int K = 2048;

    /// <summary>Its rows.</summary>
    public const int N = 5632;

    /// <summary>Bytes of a matrix that no cache holds.</summary>
    public const long BeyondCaches = 256L << 20;

    private const double WarmUp = 0.15;
    private const double Budget = 0.25;

    private static readonly int[] Tokens = [1, 16, 512];

    /// <summary>Prints it.</summary>
    public static int Print(IEnumerable<string> arguments)
    {
        var words = new List<string>(arguments);
        var threads = Environment.ProcessorCount;
        if (words.IndexOf("-t") is >= 0 and var at)
        {
            if (at + 1 == words.Count || !int.TryParse(words[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out threads) || threads < 1)
            {
                Console.Error.WriteLine("-t takes a number of threads");
                return 2;
            }
            words.RemoveRange(at, 2);
        }

        Line($"{DeviceProbe.InstructionSets()}, {threads} threads");
        var (floats, bytes) = (Limits.FloatPeak(threads), Limits.BytePeak(threads));
        if (words.Count == 0)
            foreach (var (name, rate) in Limits.Arithmetic(threads)) Line($"{name,-44} {rate / 1e9,8:f0} G/s");
        else
            Line($"fp32 FMA {floats / 1e9:f0} GFLOP/s, dot products of bytes {bytes / 1e9:f0} GOP/s");

        foreach (var format in BlockFormats.All)
            if (Wanted($"decode {format.DType.Name}")) Decode(format, threads);
        foreach (var tokens in Tokens)
            foreach (var format in BlockFormats.All)
                if (Wanted($"gemm {format.DType.Name} T={tokens}")) Gemm(format, tokens, threads, floats, bytes);
        return 0;

        // "T=1" is no part of "T=16".
        bool Wanted(string row) => words.TrueForAll(word => row.Split(' ').Any(part => part.Equals(word, StringComparison.OrdinalIgnoreCase)));
    }

    private static void Decode(BlockFormat format, int threads)
    {
        using var product = new ProductCase(format, K, BeyondCaches / format.DType.Bytes(K), 1, threads);
        var (median, least) = product.Seconds(WarmUp, Budget);
        var rate = product.WeightBytes / median;
        var limit = Limits.ReadRate(product.Weights, product.WeightBytes, threads);
        Line($"decode {format.DType.Name,-8}        {rate / 1e9,7:f1} GB/s    (best {product.WeightBytes / least / 1e9,6:f1})   {rate / limit,5:f2} of the {limit / 1e9:f1} GB/s at which it is read");
    }

    private static void Gemm(BlockFormat format, int tokens, int threads, double floats, double bytes)
    {
        using var product = new ProductCase(format, K, N, tokens, threads);
        var (median, least) = product.Seconds(WarmUp, Budget);
        var rate = product.Operations / median;
        Line($"gemm   {format.DType.Name,-8} T={tokens,-4} {rate / 1e9,7:f1} GFLOP/s (best {product.Operations / least / 1e9,6:f1})   {Share(floats)} of fp32 FMA   {Share(bytes)} of dot products of bytes");

        string Share(double limit) => limit > 0 ? (rate / limit).ToString("f2", CultureInfo.InvariantCulture).PadLeft(5) : "    -";
    }

    private static void Line(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
