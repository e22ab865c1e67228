using Bantam.Compression;
using Bantam.Evaluation;
using Bantam.Kernels;
using Bantam.Models;
using Bantam.Nn;
using Bantam.Tensors;
using Bantam.Tests.Models;

namespace Bantam.Tests.Compression;

public sealed class SensitivityTests
{
    /// <summary>A few hundred tokens of the model's own words.</summary>
    internal static readonly Lazy<TextWindows> Windows = new(() =>
        TextWindows.FromTokens(Stories.Tokenizer, Stories.Sample(Stories.Model, 3, 100, seed: 8), 100));

    /// <summary>Every tensor and format of stories260K, measured once for all tests.</summary>
    internal static readonly Lazy<IReadOnlyList<TensorOptions>> Measured = new(() =>
    {
        using var workers = new Workers(1);
        return Sensitivity.Measured(Stories.Weights, w => new Llama(Stories.Config, w), workers, Windows.Value);
    });

    [Theory]
    [InlineData("model.layers.0.mlp.up_proj.weight", "F32", 256, "F16 Q8_0 Q6_K Q4_K Q4_0")]
    [InlineData("model.layers.0.mlp.up_proj.weight", "F32", 64, "F16 Q8_0 Q4_0")]
    [InlineData("model.layers.0.mlp.down_proj.weight", "F32", 172, "F16")]
    [InlineData("model.layers.0.mlp.up_proj.weight", "BF16", 256, "BF16 Q8_0 Q6_K Q4_K Q4_0")]
    [InlineData("model.layers.0.mlp.up_proj.weight", "Q8_0", 256, "Q8_0 Q6_K Q4_K Q4_0")]
    [InlineData("model.layers.0.mlp.up_proj.weight", "Q8_0", 64, "Q8_0 Q4_0")]
    [InlineData("model.layers.0.mlp.up_proj.weight", "Q4_K", 256, "Q4_K")]
    [InlineData("model.layers.0.mlp.gate.weight", "F32", 256, "F32")]
    public void A_matrix_has_the_formats_that_fit_and_help(string name, string stored, int columns, string expected)
    {
        Assert.True(DType.TryParse(stored, out var type));
        var tensor = TinyLlama.Store(new float[4 * columns], type, new Shape(4, columns));
        Assert.Equal(expected, string.Join(' ', TensorOptions.CandidatesFor(new TensorSpec(name, tensor.Shape, TensorRoles.Of(name)), type)));
    }

    [Fact]
    public void From_weights_it_is_the_relative_error_times_the_elements()
    {
        using var workers = new Workers(3);
        var weights = TinyLlama.Weights(TinyLlama.Wide, DType.F32);
        var told = new List<SensitivityProgress>();
        var found = Sensitivity.FromWeights(weights, workers, new Told(told.Add));
        Assert.Equal(weights.All.Keys.Order(StringComparer.Ordinal), found.Select(t => t.Name).Order(StringComparer.Ordinal));
        Assert.Equal(found.Sum(t => t.Options.Count), told.Count);
        Assert.Equal((told.Count, told.Count), (told[^1].Done, told[^1].Total));

        var tensor = found.Single(t => t.Name == "model.layers.1.mlp.down_proj.weight");
        Assert.Equal([DType.F16, DType.Q8_0, DType.Q6_K, DType.Q4_K, DType.Q4_0], tensor.Options.Select(o => o.Type));
        foreach (var option in tensor.Options)
        {
            var source = weights.All[tensor.Name].AsSpan<float>();
            var encoded = TinyLlama.Store(source, option.Type, tensor.Shape);
            var (error, norm) = (0.0, 0.0);
            var values = Unpacked(encoded);
            for (var i = 0; i < values.Length; i++) (error, norm) = (error + Math.Pow(source[i] - values[i], 2), norm + Math.Pow(source[i], 2));
            Assert.Equal(source.Length * error / norm, option.Distortion, 1e-9 * option.Distortion);
            Assert.Equal(encoded.Bytes, option.Bytes);
        }
        var distortions = tensor.Options.Select(o => o.Distortion).ToArray();
        Assert.Equal(distortions.Order(), distortions);

        var norms = found.Where(t => t.Shape.Rank == 1).ToList();
        Assert.Equal(5, norms.Count);
        Assert.All(norms, t => Assert.Equal(new TensorOption(DType.F32, 1024, 0), Assert.Single(t.Options)));
    }

    [Fact]
    public void Values_beyond_a_format_leave_it_out()
    {
        using var workers = new Workers(1);
        var values = Enumerable.Range(0, 512).Select(i => 1e6f * i).ToArray();
        var weights = new Weights("huge", new Dictionary<string, Tensor> { ["model.layers.0.mlp.up_proj.weight"] = TinyLlama.Store(values, DType.F32, new Shape(2, 256)) });
        var options = Assert.Single(Sensitivity.FromWeights(weights, workers)).Options;
        Assert.DoesNotContain(options, o => o.Type == DType.F16);
        Assert.NotEmpty(options);

        var odd = new Weights("huge", new Dictionary<string, Tensor> { ["model.layers.0.mlp.up_proj.weight"] = TinyLlama.Store(values.AsSpan(0, 346), DType.F32, new Shape(2, 173)) });
        Assert.Equal(new TensorOption(DType.F32, 4 * 346, 0), Assert.Single(Assert.Single(Sensitivity.FromWeights(odd, workers)).Options));
    }

    [Fact]
    public void Measured_it_is_the_divergence_with_that_tensor_alone()
    {
        using var workers = new Workers(1);
        var found = Measured.Value;
        Assert.Equal(Stories.Weights.All.Count, found.Count);
        Assert.Equal("model.embed_tokens.weight", found[0].Name);
        Assert.True(found.ToList().FindIndex(t => t.Name.Contains("layers.4.", StringComparison.Ordinal)) > found.ToList().FindIndex(t => t.Name.Contains("layers.0.", StringComparison.Ordinal)));

        const string Name = "model.layers.2.self_attn.v_proj.weight";
        var tensor = found.Single(t => t.Name == Name);
        Assert.Equal([DType.F16, DType.Q8_0, DType.Q4_0], tensor.Options.Select(o => o.Type));
        foreach (var option in tensor.Options)
        {
            var changed = TinyLlama.Store(Stories.Weights.All[Name].AsSpan<float>(), option.Type, tensor.Shape);
            var model = new Llama(Stories.Config, Stories.Weights.With(new Dictionary<string, Tensor> { [Name] = changed }));
            Assert.Equal(Divergence.Measure(Stories.Model, model, workers, Windows.Value).Kl.Value, option.Distortion);
        }
        Assert.All(found.Where(t => t.Options.Count == 3), t => Assert.True(t.Options[0].Distortion < t.Options[1].Distortion && t.Options[1].Distortion < t.Options[2].Distortion, t.Name));
    }

    [Fact]
    public void Cancellation_is_honoured()
    {
        using var workers = new Workers(1);
        var cancelled = new CancellationToken(canceled: true);
        Assert.Throws<OperationCanceledException>(() => Sensitivity.FromWeights(Stories.Weights, workers, cancellation: cancelled));
        Assert.Throws<OperationCanceledException>(() => Sensitivity.Measured(
            Stories.Weights,
            w => new Llama(Stories.Config, w),
            workers,
            TextWindows.FromText(Stories.Tokenizer, "Once upon a time"),
            cancellation: cancelled));
    }

    private static unsafe float[] Unpacked(Tensor tensor)
    {
        var values = new float[tensor.Shape.Count];
        fixed (float* x = values) Bantam.Kernels.Quant.BlockFormats.Of(tensor.DType).Dequantize(tensor.Data, x, values.Length);
        return values;
    }

    private sealed class Told(Action<SensitivityProgress> report) : IProgress<SensitivityProgress>
    {
        public void Report(SensitivityProgress value) => report(value);
    }
}
