using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Models;
using Bantam.Tensors;
using Bantam.Tests.Models;

namespace Bantam.Tests.Execution;

/// <summary>A pass put together from parts that do not belong together is refused before a pointer goes astray.</summary>
public sealed class PassTests
{
    [Fact]
    public void Weights_whose_storage_is_gone_are_refused()
    {
        var weights = TinyLlama.Weights(TinyLlama.Narrow, DType.F32);
        var model = new Llama(TinyLlama.Narrow, weights);
        foreach (var tensor in weights.All.Values) tensor.Owner.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Run(model, model, DType.F32, DType.F32));
    }

    [Fact]
    public void A_cache_of_another_model_is_refused()
    {
        var model = new Llama(TinyLlama.Narrow, TinyLlama.Weights(TinyLlama.Narrow, DType.F32));
        foreach (var other in new[] { TinyLlama.Narrow with { NumKeyValueHeads = 1 }, TinyLlama.Narrow with { HeadDim = 2 }, TinyLlama.Narrow with { NumHiddenLayers = 1 } })
            Assert.ThrowsAny<ArgumentException>(() => Run(model, new Llama(other, TinyLlama.Weights(other, DType.F32)), DType.F32, DType.F32));
    }

    [Theory]
    [InlineData("F32", "F64")]
    [InlineData("F64", "F32")]
    public void Gains_of_another_type_than_the_pass_are_refused(string stored, string computed)
    {
        Assert.True(DType.TryParse(stored, out var weights) & DType.TryParse(computed, out var compute));
        // Matrices in F32, as a file may mix them; only the gains differ.
        var config = TinyLlama.Narrow;
        var gains = TinyLlama.Weights(config, weights!).All.Where(t => t.Value.Shape.Rank == 1).ToDictionary();
        var model = new Llama(config, TinyLlama.Weights(config, DType.F32).With(gains));
        Assert.Equal("BT2101", Assert.Throws<BantamException>(() => Run(model, model, compute!, compute!)).Code);
    }

    private static void Run(CausalLm model, CausalLm cached, DType compute, DType cacheType)
    {
        using var workers = new Workers(1);
        using var cache = cached.NewCache(1, 4, cacheType);
        using var pass = new Pass(workers, cache, compute: compute);
        model.Forward(pass, [new Row(1, 0)]);
    }
}
