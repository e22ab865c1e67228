using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Bantam.Kernels.Quant;
using Bantam.Tensors;
using Bantam.Tests.Kernels;

namespace Bantam.Peers.LlamaCpp;

/// <summary>
/// Encodes and decodes <see cref="GgmlCases"/> with ggml's reference functions and writes the hashes of what they gave;
/// says on the way where Bantam gives something else.
/// </summary>
internal static unsafe class GgmlBlocks
{
    // Format, encoder, decoder. ggml's own names; Q8_K and Q8_1 are what activations are rounded to; they are in no file.
    private static readonly (string Format, string Encoder, string Decoder)[] Functions =
    [
        ("F16", "ggml_fp32_to_fp16_row", "ggml_fp16_to_fp32_row"),
        ("BF16", "ggml_fp32_to_bf16_row", "ggml_bf16_to_fp32_row"),
        ("Q8_0", "quantize_row_q8_0_ref", "dequantize_row_q8_0"),
        ("Q4_0", "quantize_row_q4_0_ref", "dequantize_row_q4_0"),
        ("Q6_K", "quantize_row_q6_K_ref", "dequantize_row_q6_K"),
        ("Q4_K", "quantize_row_q4_K_ref", "dequantize_row_q4_K"),
        ("Q4_1", "quantize_row_q4_1_ref", "dequantize_row_q4_1"),
        ("Q5_0", "quantize_row_q5_0_ref", "dequantize_row_q5_0"),
        ("Q5_1", "quantize_row_q5_1_ref", "dequantize_row_q5_1"),
        ("Q2_K", "quantize_row_q2_K_ref", "dequantize_row_q2_K"),
        ("Q3_K", "quantize_row_q3_K_ref", "dequantize_row_q3_K"),
        ("Q5_K", "quantize_row_q5_K_ref", "dequantize_row_q5_K"),
        ("IQ4_NL", WholeTensor, "dequantize_row_iq4_nl"),
        ("IQ4_XS", "quantize_row_iq4_xs_ref", "dequantize_row_iq4_xs"),
        ("MXFP4", "quantize_row_mxfp4_ref", "dequantize_row_mxfp4"),
        ("Q8_K", "quantize_row_q8_K_ref", "dequantize_row_q8_K"),
        ("Q8_1", "quantize_row_q8_1_ref", ""),
    ];

    // The reference function of IQ4_NL does not search; this one, which writes files, does, as the one of IQ4_XS.
    private const string WholeTensor = "quantize_iq4_nl";

    public static void Write(string folder, string output)
    {
        GgmlLibrary.LoadBase(folder);
        using var stream = File.Create(output);
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("made by", "bench/peers/llama.cpp blocks");
        json.WriteString("ggml", GgmlLibrary.Version());
        json.WriteStartArray("rows");
        foreach (var (name, values) in GgmlCases.Rows) WriteRow(json, name, values, Functions);
        foreach (var (name, values) in GgmlCases.FloatRows) WriteRow(json, name, values, Functions.AsSpan(0, 2));
        json.WriteEndArray();
        json.WriteStartObject("random blocks");
        foreach (var (format, _, decoder) in Functions)
        {
            if (format is "Q8_K" or "Q8_1") continue;
            var type = DType.All.Single(t => t.Name == format);
            var bytes = GgmlCases.RandomBlocks(type);
            var values = Decode(decoder, bytes, bytes.Length / type.BlockBytes * type.BlockSize);
            json.WriteString(format, GgmlCases.Hash(values));
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteRow(Utf8JsonWriter json, string name, float[] values, ReadOnlySpan<(string Format, string Encoder, string Decoder)> functions)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("input", GgmlCases.Hash(values));
        foreach (var (format, encoder, decoder) in functions)
        {
            var type = DType.All.Single(t => t.Name == format);
            var theirs = Encode(encoder, type, values);
            var decoded = decoder.Length == 0 || format == "Q8_K" ? [] : Decode(decoder, theirs, values.Length);
            json.WritePropertyName(format);
            // Bantam searches where ggml's MXFP4 does not: not the bytes are compared but what they lose.
            json.WriteRawValue(format == "MXFP4" ? $$"""{ "square error": {{GgmlCases.SquareError(values, decoded).ToString("g6", CultureInfo.InvariantCulture)}} }"""
                : decoded.Length == 0 ? $$"""{ "encoded": "{{GgmlCases.Hash(theirs)}}" }"""
                : $$"""{ "encoded": "{{GgmlCases.Hash(theirs)}}", "decoded": "{{GgmlCases.Hash(decoded)}}" }""");
            Compare(name, type, values, theirs, decoder);
        }
        json.WriteEndObject();
    }

    private static byte[] Encode(string function, DType type, float[] values)
    {
        var bytes = new byte[type.Bytes(values.Length)];
        fixed (float* x = values)
        fixed (byte* p = bytes)
            if (function == WholeTensor)
                // Rows, elements of a row, no importance of columns.
                _ = ((delegate* unmanaged<float*, byte*, long, long, float*, nuint>)GgmlLibrary.Export(function))(x, p, 1, values.Length, null);
            else
                ((delegate* unmanaged<float*, byte*, long, void>)GgmlLibrary.Export(function))(x, p, values.Length);
        return bytes;
    }

    private static float[] Decode(string function, byte[] bytes, long n)
    {
        var decode = (delegate* unmanaged<byte*, float*, long, void>)GgmlLibrary.Export(function);
        var values = new float[n];
        fixed (byte* p = bytes)
        fixed (float* x = values)
            decode(p, x, n);
        return values;
    }

    private static void Compare(string name, DType type, float[] values, byte[] theirs, string decoder)
    {
        var ours = new byte[theirs.Length];
        fixed (float* x = values)
        fixed (byte* p = ours)
            // Bantam rounds to these only what meets a format that wants them.
            if (type.Name == "Q8_K") BlockFormats.Of(DType.Q4_K).RoundActivation(x, p, values.Length);
            else if (type.Name == "Q8_1") BlockFormats.Of(DType.Q4_1).RoundActivation(x, p, values.Length);
            else BlockFormats.Of(type).Quantize(x, p, values.Length);
        if (ours.AsSpan().SequenceEqual(theirs)) return;

        var blocks = Enumerable.Range(0, values.Length / type.BlockSize)
            .Count(b => !ours.AsSpan(b * type.BlockBytes, type.BlockBytes).SequenceEqual(theirs.AsSpan(b * type.BlockBytes, type.BlockBytes)));
        Console.WriteLine($"{type.Name}, {name}: {blocks} of {values.Length / type.BlockSize} blocks differ, "
            + $"square error {Error(ours):g4}, ggml's {Error(theirs):g4}, first byte {ours.AsSpan().CommonPrefixLength(theirs) % type.BlockBytes}");

        double Error(byte[] bytes) => decoder.Length == 0 ? double.NaN : GgmlCases.SquareError(values, Decode(decoder, bytes, values.Length));
    }
}
