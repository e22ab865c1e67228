using Bantam.Models;
using Bantam.Sizing;
using Bantam.Tensors;
using Bantam.Tests.Models;
using Header = System.Collections.Generic.List<(string Name, Bantam.Tensors.DType Type, Bantam.Tensors.Shape Shape)>;

namespace Bantam.Tests.Sizing;

public class HeaderFootprintTests
{
    [Fact]
    public void A_plain_header_tells_as_much_as_the_configuration()
    {
        var config = ConfigFixtures.Load("gemma-2b-it", "main");
        var (fromConfig, fromHeader) = (Footprint.Of(config), Footprint.Of(Plain(config, DType.BF16)));

        Assert.Equal(5_012_344_832, fromHeader.StoredBytes); // total_size of the published index
        Assert.Equal((fromConfig.Parameters, fromConfig.WeightBytes(DType.Q8_0)), (fromHeader.Parameters, fromHeader.WeightBytes(DType.Q8_0)));
        // The tied head is found from its absence.
        Assert.Equal(fromConfig.BytesReadPerToken(DType.Q8_0, 10), fromHeader.BytesReadPerToken(DType.Q8_0, 10));
        Assert.Null(fromHeader.ScratchBytes(1, 1, 1));
        Assert.Null(fromHeader.FlopsPerToken(1));
    }

    [Fact]
    public void A_tied_head_that_is_stored_all_the_same_counts_in_the_file_and_not_in_the_model()
    {
        var config = ConfigFixtures.Load("Qwen3-0.6B");
        var header = Plain(config with { TieWordEmbeddings = false }, DType.BF16);

        Assert.Equal((596_049_920, 2 * 751_632_384L), (Footprint.Of(header, config).Parameters, Footprint.Of(header, config).StoredBytes));
        Assert.Equal(751_632_384, Footprint.Of(header).Parameters);
    }

    [Fact]
    public void Active_parameters_of_a_mixture_need_the_configuration()
    {
        var config = ConfigFixtures.Load("Mixtral-8x7B-v0.1");
        var header = Plain(config, DType.BF16);

        Assert.Equal((46_702_792_704, null), (Footprint.Of(header).Parameters, Footprint.Of(header).ActiveParameters));
        Assert.Equal(12_879_925_248, Footprint.Of(header, config).ActiveParameters);
    }

    [Theory]
    [InlineData("Llama-3.1-8B-Instruct-bnb-int8", "F16", 9_086_705_888)]
    [InlineData("Llama-3.1-8B-ft-bnb-int8-fp32rest", "F32", 11_188_584_672)]
    public void Eight_bit_checkpoints_of_bitsandbytes_have_the_size_of_their_index(string folder, string rest, long total)
    {
        Assert.True(DType.TryParse(rest, out var restType));
        var config = ConfigFixtures.Load(folder);
        var header = new Header();
        foreach (var t in Architectures.Of(config).Layout(config))
        {
            var quantised = t.Role is TensorRole.Attention or TensorRole.FeedForward;
            header.Add((t.Name, quantised ? DType.I8 : restType, t.Shape));
            if (!quantised) continue;
            var path = t.Name[..^".weight".Length];
            header.Add(($"{path}.SCB", DType.F32, new Shape(t.Shape[0])));
            header.Add(($"{path}.weight_format", DType.U8, new Shape([])));
        }
        var footprint = Footprint.Of(header);

        Assert.Equal((total, 8_030_261_248, 131_072), (footprint.StoredBytes, footprint.Parameters, footprint.KvBytesPerToken()));
    }

    [Fact]
    public void A_packed_checkpoint_of_MLX_has_the_size_of_its_index_and_counts_only_with_its_configuration()
    {
        Assert.True(DType.TryParse("U32", out var u32));
        var config = ConfigFixtures.Load("Qwen3-14B-MLX-4bit");
        var header = new Header();
        foreach (var t in Architectures.Of(config).Layout(config))
        {
            if (t.Shape.Rank == 1)
            {
                header.Add((t.Name, DType.BF16, t.Shape));
                continue;
            }
            var path = t.Name[..^".weight".Length];
            header.Add((t.Name, u32, new Shape(t.Shape[0], t.Shape[1] / 8))); // eight 4-bit values to a word
            foreach (var part in (string[])["scales", "biases"])
                header.Add(($"{path}.{part}", DType.BF16, new Shape(t.Shape[0], t.Shape[1] / 64)));
        }

        Assert.Equal((8_307_783_680, null), (Footprint.Of(header).StoredBytes, Footprint.Of(header).Parameters));
        Assert.Null(Footprint.Of(header).WeightBytes(DType.Q8_0));
        Assert.Equal(14_768_307_200, Footprint.Of(header, config).Parameters);
    }

    [Fact]
    public void What_only_accompanies_the_weights_is_no_parameter()
    {
        Header header =
        [
            ("h.0.attn.c_attn.weight", DType.F32, new Shape(64, 192)), ("h.0.attn.c_attn.bias", DType.F32, new Shape(192)),
            ("h.0.attn.bias", DType.F32, new Shape(1, 1, 1024, 1024)), ("h.0.attn.masked_bias", DType.F32, new Shape([])),
            ("model.layers.0.self_attn.rotary_emb.inv_freq", DType.F32, new Shape(32)), ("rope_freqs.weight", DType.F32, new Shape(64)),
            ("embeddings.position_ids", DType.I64, new Shape(1, 512)), ("a.weight_scale_inv", DType.F32, new Shape(4, 4)),
        ];

        Assert.Equal((64 * 192) + 192, Footprint.Of(header).Parameters);
    }

    private static Header Plain(ModelConfig config, DType type) => [.. Architectures.Of(config).Layout(config).Select(t => (t.Name, type, t.Shape))];
}
