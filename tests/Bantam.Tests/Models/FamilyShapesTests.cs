using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Tests.Models;

public class FamilyShapesTests
{
    [Fact]
    public void Every_decoder_has_its_shapes()
    {
        var decoders = Architectures.All.Where(a => a.IsDecoder).Select(a => a.Name).Order(StringComparer.Ordinal);
        Assert.Equal(decoders, FamilyShapes.All.Keys.Order(StringComparer.Ordinal));
        Assert.All(FamilyShapes.All.Concat(FamilyShapes.Wide), c => Assert.Equal(c.Key, c.Value.Architecture));
    }

    [Fact]
    public void The_same_numbers_lie_input_first_and_output_first()
    {
        var config = FamilyShapes.All["gpt2"];
        const string Name = "transformer.h.1.mlp.c_fc.weight";
        var lying = FamilyShapes.Weights(config, DType.F32, 1).All[Name].AsSpan<float>().ToArray();
        var standing = FamilyShapes.Weights(config with { InputFirstLinears = false }, DType.F32, 1).All[Name].AsSpan<float>().ToArray();
        Assert.Equal(standing[1], lying[config.IntermediateSize]);
        Assert.NotEqual(standing, lying);
    }
}
