using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Bantam.Models;
using Bantam.Nn;
using Bantam.Tensors;

namespace Bantam.Checkpoints;

/// <summary>
/// What tells one model from another without reading all of it: a hash of the configuration, of names, types and shapes of
/// the tensors, and of some bytes at the beginning, in the middle and at the end of each.
/// </summary>
internal static unsafe class Fingerprint
{
    private const int SampleBytes = 256;

    /// <summary>The hash, 64 hexadecimal digits.</summary>
    public static string Of(ModelConfig config, Weights weights)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Text(hash, Describe(config));
        foreach (var (name, tensor) in weights.All.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            Text(hash, $"{name} {tensor}");
            Sample(hash, tensor);
            if (tensor.Scales is not { } scales) continue;
            Text(hash, $"{scales.Values} {scales.RowBlock} {scales.ColumnBlock}");
            Sample(hash, scales.Values);
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>Every hyperparameter with its value; a record writes its lists as the names of their types, so they follow.</summary>
    internal static string Describe(ModelConfig config)
    {
        var culture = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            return string.Join('\n',
            [
                $"{config}", List(config.SlidingLayers), List(config.MlpOnlyLayers), List(config.RopeFactors), List(config.RopeLongFactors), List(config.RotaryLayers), List(config.EosTokenIds),
            ]);
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    private static string List<T>(IReadOnlyList<T>? values) => values is null ? "-" : string.Join(' ', values);

    // The length keeps texts apart that would otherwise run into one another.
    private static void Text(IncrementalHash hash, string text)
    {
        hash.AppendData(MemoryMarshal.AsBytes<int>([text.Length]));
        hash.AppendData(Encoding.UTF8.GetBytes(text));
    }

    private static void Sample(IncrementalHash hash, Tensor tensor)
    {
        var bytes = Math.Min(SampleBytes, tensor.Bytes);
        foreach (var at in (ReadOnlySpan<long>)[0, (tensor.Bytes - bytes) / 2, tensor.Bytes - bytes])
            hash.AppendData(new ReadOnlySpan<byte>(tensor.Data + at, (int)bytes));
    }
}
