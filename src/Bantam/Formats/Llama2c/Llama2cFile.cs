using Bantam.Tensors;

namespace Bantam.Formats.Llama2c;

/// <summary>
/// A llama2.c checkpoint, mapped. Its tensors appear under the paths of a Hugging Face Llama and are views of the file.
/// </summary>
/// <remarks>
/// The rows of <c>q_proj</c> and <c>k_proj</c> stay as they lie in the file: elements 2i and 2i + 1 of a head rotate
/// together (interleaved pairs), where a Hugging Face checkpoint pairs i and i + D/2. Whoever writes one permutes them.
/// The rotary tables in the file are skipped; they follow from θ = 10000.
/// </remarks>
public sealed unsafe class Llama2cFile : IDisposable
{
    private readonly MappedFile _map;

    private Llama2cFile(MappedFile map, Llama2cHeader header)
    {
        _map = map;
        Header = header;
        Tensors = Layout();
    }

    /// <summary>The path as it was given.</summary>
    public string Path => _map.Path;

    /// <summary>Sizes of the model.</summary>
    public Llama2cHeader Header { get; }

    /// <summary>Views of all tensors by Hugging Face path, F32, in the order of a Llama's layers; <c>lm_head.weight</c> only where it is not tied.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors { get; }

    /// <summary>Maps <paramref name="path"/> and holds its header against its length.</summary>
    /// <exception cref="ModelFileException">It is no regular file (BT1001), no legacy llama2.c checkpoint (BT1070 to BT1073), or a pickle (BT1061).</exception>
    public static Llama2cFile Open(string path)
    {
        var map = new MappedFile(path);
        try
        {
            var start = new ReadOnlySpan<byte>(map.Data, (int)Math.Min(map.Length, PickleGuard.Window));
            PickleGuard.Refuse(path, start);
            return new Llama2cFile(map, Llama2cHeader.Parse(start, map.Length, path));
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    /// <summary>Unmaps the file; views of it must not be used afterwards.</summary>
    public void Dispose() => _map.Dispose();

    // The file keeps one kind of weight for all layers together: rms_att [L, C], wq [L, C, C], and so on.
    private OrderedDictionary<string, Tensor> Layout()
    {
        var (c, f, kv, l) = (Header.Dim, Header.HiddenDim, Header.KvDim, Header.LayerCount);
        long offset = Llama2cHeader.ByteCount;
        var embedding = Take(Header.VocabSize, c);
        var attentionNorm = TakeLayers(c);
        var q = TakeLayers(c, c);
        var k = TakeLayers(kv, c);
        var v = TakeLayers(kv, c);
        var o = TakeLayers(c, c);
        var ffnNorm = TakeLayers(c);
        var gate = TakeLayers(f, c);
        var down = TakeLayers(c, f);
        var up = TakeLayers(f, c);
        var norm = Take(c);
        offset += sizeof(float) * (long)Header.SequenceLength * Header.HeadDim;

        var tensors = new OrderedDictionary<string, Tensor>(StringComparer.Ordinal) { ["model.embed_tokens.weight"] = embedding };
        for (var i = 0; i < l; i++)
        {
            var layer = $"model.layers.{i}";
            tensors.Add($"{layer}.input_layernorm.weight", attentionNorm[i]);
            tensors.Add($"{layer}.self_attn.q_proj.weight", q[i]);
            tensors.Add($"{layer}.self_attn.k_proj.weight", k[i]);
            tensors.Add($"{layer}.self_attn.v_proj.weight", v[i]);
            tensors.Add($"{layer}.self_attn.o_proj.weight", o[i]);
            tensors.Add($"{layer}.post_attention_layernorm.weight", ffnNorm[i]);
            tensors.Add($"{layer}.mlp.gate_proj.weight", gate[i]);
            tensors.Add($"{layer}.mlp.down_proj.weight", down[i]);
            tensors.Add($"{layer}.mlp.up_proj.weight", up[i]);
        }
        tensors.Add("model.norm.weight", norm);
        if (!Header.TiedHead)
            tensors.Add("lm_head.weight", Take(Header.VocabSize, c));
        return tensors;

        Tensor Take(params ReadOnlySpan<long> dims)
        {
            var view = _map.View(DType.F32, new Shape(dims), offset);
            offset += view.Bytes;
            return view;
        }

        Tensor[] TakeLayers(params ReadOnlySpan<long> dims)
        {
            var views = new Tensor[l];
            for (var i = 0; i < l; i++)
                views[i] = Take(dims);
            return views;
        }
    }
}
