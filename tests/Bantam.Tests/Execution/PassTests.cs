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

    private static void Run(CausalLm model, CausalLm cached, DType compute, DType cacheType)
    {
        using var workers = new Workers(1);
        using var cache = cached.NewCache(1, 4, cacheType);
        using var pass = new Pass(workers, cache, compute: compute);
        model.Forward(pass, [new Row(1, 0)]);
    }
}
