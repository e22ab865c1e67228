using Bantam.Tensors;

namespace Bantam.Sizing;

/// <summary>
/// Reads the geometry of the cache off the names and shapes of a safetensors or GGUF header: the rows of the key and
/// value projection of each layer. Where a header does not settle it the answer is "unknown", never a guess.
/// </summary>
/// <remarks>
/// Windows do not show in shapes, so none is assumed and the result is an upper bound of models that have them.
/// </remarks>
internal static class KvFromHeader
{
    private const long MostElements = 1 << 25;

    private sealed class Found
    {
        public long? Key;
        public long? Value;
        public long? Fused;
        public long? OutputColumns;
    }

    public static KvGeometry? Read(IReadOnlyList<(string Name, DType Type, Shape Shape)> tensors)
    {
        var layers = new Dictionary<string, Found>();
        string? stack = null;
        foreach (var (name, type, shape) in tensors)
        {
            if (!TrySplit(name, out var prefix, out var layer, out var part)) continue;
            // Two stacks (encoder and decoder, text and image): which of them keeps a cache is not written here.
            stack ??= prefix;
            if (stack != prefix) return null;
            // BERT's norm behind attention: an encoder under names that decoders use too.
            if (part.StartsWith("attn_output_norm", StringComparison.Ordinal)) return null;

            if (!layers.TryGetValue(layer, out var found)) layers[layer] = found = new Found();
            if (shape.Rank != 2 || shape.Columns < 2 || !ShowsRows(type)) continue;
            switch (part)
            {
                case "self_attn.k_proj.weight" or "attn_k.weight":
                    found.Key = shape[0];
                    break;
                case "self_attn.v_proj.weight" or "attn_v.weight":
                    found.Value = shape[0];
                    break;
                case "self_attn.qkv_proj.weight" or "attn_qkv.weight":
                    found.Fused = shape[0];
                    break;
                case "self_attn.o_proj.weight" or "attn_output.weight":
                    found.OutputColumns = shape[1];
                    break;
                case "attn.c_attn.weight" when shape[1] % 3 == 0: // GPT-2: [in, query + key + value], all three alike
                    found.Key = found.Value = shape[1] / 3;
                    break;
            }
        }
        if (layers.Count == 0) return null;

        var result = new List<KvLayer>(layers.Count);
        foreach (var found in layers.Values)
        {
            // The output projection has a column per query element; what the stack has beyond is key and value.
            var half = found.Fused - found.OutputColumns is { } rest && rest > 0 && rest % 2 == 0 ? rest / 2 : (long?)null;
            if ((found.Key ?? half) is not { } key || (found.Value ?? half) is not { } value) return null;
            result.Add(new KvLayer(key, value, null));
        }
        // Beyond any model, and the sizes computed from it would leave 63 bits.
        return result.TrueForAll(l => l.KeyElements <= MostElements && l.ValueElements <= MostElements)
            && result.Sum(l => l.KeyElements + l.ValueElements) <= MostElements ? new KvGeometry(result) : null;
    }

    // model.layers.3.self_attn.k_proj.weight → model.layers, 3, self_attn.k_proj.weight
    private static bool TrySplit(string name, out string prefix, out string layer, out string part)
    {
        (prefix, layer, part) = ("", "", "");
        var segments = name.Split('.');
        var at = Array.FindIndex(segments, s => s is "layers" or "h" or "blk" or "layer" or "block" or "blocks");
        if (at < 0 || at + 2 >= segments.Length || !segments[at + 1].All(char.IsAsciiDigit)) return false;
        prefix = string.Join('.', segments[..(at + 1)]);
        layer = segments[at + 1];
        part = string.Join('.', segments[(at + 2)..]);
        return true;
    }

    // Packed types hide the shape: bitsandbytes' 4-bit weights are one column of bytes, GPTQ packs along rows. MLX packs
    // along columns into U32, so that rows stay what they are.
    private static bool ShowsRows(DType type) =>
        type.IsBlocked || type == DType.I8 || type.Name is "U32" || type.Name.StartsWith('F') || type == DType.BF16;
}
