using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Formats.HuggingFace;
using Bantam.Tensors;
using Bantam.Tests.Formats;
using Bantam.Tests.Formats.Safetensors;
using Bantam.Tests.Models;

namespace Bantam.Tests.Hostile;

/// <summary>
/// Small valid checkpoints of a family, read once, and mutants of them that stay well-formed files: what is wrong is what
/// they say, not how they are spelt. Configuration values, metadata values and tensors change.
/// </summary>
internal sealed partial class FamilyMutants
{
    // What the readers ask for and a small valid file need not have.
    private static readonly string[] Fields =
    [
        "attention_bias", "mlp_bias", "head_dim", "hidden_act", "sliding_window", "use_sliding_window", "max_window_layers", "layer_types",
        "sliding_window_pattern", "rope_theta", "rope_local_base_freq", "partial_rotary_factor", "original_max_position_embeddings",
        "rope_scaling", "rope_parameters", "no_rope_layers", "no_rope_layer_interval", "query_pre_attn_scalar", "attn_logit_softcapping",
        "final_logit_softcapping", "num_experts", "num_local_experts", "num_experts_per_tok", "moe_intermediate_size", "decoder_sparse_step",
        "mlp_only_layers", "norm_topk_prob", "n_inner", "scale_attn_weights", "tie_word_embeddings", "architectures", "auto_map", "quantization_config",
        "eos_token_id", "text_config", "model_type", "id2label", "use_bidirectional_attention",
    ];

    private static readonly string[] ScalingFields =
    [
        "factor", "original_max_position_embeddings", "beta_fast", "beta_slow", "truncate", "attention_factor", "mscale", "mscale_all_dim",
        "low_freq_factor", "high_freq_factor", "short_factor", "long_factor", "rope_type", "type", "rope_theta",
    ];

    private static readonly string[] Keys =
    [
        "attention.head_count_kv", "attention.key_length", "attention.value_length", "attention.scale", "attention.sliding_window",
        "attention.sliding_window_pattern", "attn_logit_softcapping", "final_logit_softcapping", "expert_count", "expert_used_count",
        "expert_feed_forward_length", "expert_weights_norm", "rope.dimension_count", "rope.freq_base", "rope.freq_base_swa",
        "rope.scaling.type", "rope.scaling.factor", "rope.scale_linear", "rope.scaling.original_context_length", "rope.scaling.attn_factor",
        "rope.scaling.yarn_beta_fast", "rope.scaling.yarn_beta_slow", "rope.scaling.yarn_log_multiplier", "rope.scaling.yarn_ext_factor",
    ];

    // Numbers as JSON spells them, Python's among them.
    private static readonly string[] Numbers =
    [
        "0", "-1", "1", "2", "3", "5", "7", "8", "9", "24", "64", "1.5", "0.5", "1e-45", "1e-30", "1e30", "3e38", "1e308", "4096", "16384", "65536",
        "262144", "16777216", "33554432", "2147483647", "2147483648", "4294967296", "1099511627776", "9223372036854775807", "18446744073709551616", "NaN", "-Infinity",
    ];

    private static readonly string[] Words =
    [
        "", "llama", "gpt2", "qwen3_moe", "yarn", "longrope", "dynamic", "llama3", "linear", "default", "none", "full_attention", "sliding_attention", "gelu", "silu", "fp8",
    ];

    private static readonly float[] Floats = [0, -1, 1, float.NaN, float.PositiveInfinity, 1e-45f, 1e-30f, 1e30f, 3e38f, 0.5f];

    private static readonly long[] Longs = [0, 1L << 25, 1L << 31, 1L << 40, -1, long.MaxValue, long.MinValue];

    private static readonly uint[] Counts = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 24, 64, 4096, 1 << 14, 1 << 16, 1 << 18, 1 << 24, 1 << 25, int.MaxValue, 1u << 31, uint.MaxValue];

    private readonly string _config;
    private readonly Part[] _tensors;
    private readonly KeyValuePair<string, GgufValue>[] _metadata;
    private readonly Part[] _ggufTensors;

    public FamilyMutants(string family)
    {
        using var folder = new ScratchFolder();
        var shape = FamilyShapes.Small[family];
        using (var donor = FamilyCheckpoints.Create(shape, DType.F32, 1))
            HuggingFaceExport.Write(folder.File("model"), donor, DType.F32);
        using (var donor = FamilyCheckpoints.Create(shape, DType.F32, 1, vocabulary: true))
            GgufExport.Write(folder.File("model.gguf"), donor, (_, t) => t.DType);
        _config = File.ReadAllText(folder.File("model/config.json"));
        using (var directory = HuggingFaceDirectory.Open(folder.File("model")))
            _tensors = [.. directory.Tensors.Select(t => Part.Of(t.Key, t.Value))];
        using var gguf = GgufFile.Open(folder.File("model.gguf"));
        _metadata = [.. gguf.Metadata.Pairs];
        _ggufTensors = [.. gguf.Tensors.Select(t => Part.Of(t.Name, gguf.Tensor(t.Name)))];
    }

    /// <summary>Writes a directory after so many mutations and returns its path.</summary>
    public string WriteDirectory(ScratchFolder folder, Random random, int mutations)
    {
        var config = JsonNode.Parse(_config)!.AsObject();
        var tensors = _tensors.ToList();
        for (; mutations > 0; mutations--)
        {
            if (random.Next(5) < 3) Change(config, random);
            else Change(tensors, random);
        }
        var path = folder.File("model");
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, "config.json"), Raw().Replace(config.ToJsonString(), "$1"));
        var (header, at) = (new JsonObject(), 0L);
        foreach (var part in tensors)
        {
            header[part.Name] = new JsonObject { ["dtype"] = part.DType.SafetensorsName, ["shape"] = new JsonArray([.. part.Dims.Select(d => (JsonNode)d)]), ["data_offsets"] = new JsonArray(at, at + part.Bytes.Length) };
            at += part.Bytes.Length;
        }
        var file = SafetensorsBytes.Build(header.ToJsonString(), (int)at);
        var start = file.Length - (int)at;
        foreach (var part in tensors)
        {
            part.Bytes.CopyTo(file, start);
            start += part.Bytes.Length;
        }
        File.WriteAllBytes(Path.Combine(path, "model.safetensors"), file);
        return path;
    }

    /// <summary>Writes a GGUF file after so many mutations and returns its path.</summary>
    public string WriteGguf(ScratchFolder folder, Random random, int mutations)
    {
        var m = new GgufMetadata();
        foreach (var (key, value) in _metadata) m[key] = value;
        var tensors = _ggufTensors.ToList();
        for (; mutations > 0; mutations--)
        {
            if (random.Next(5) < 3) m = Change(m, random);
            else Change(tensors, random);
        }
        var path = folder.File("model.gguf");
        GgufWriter.Write(path, m, [.. tensors.Select(t => new GgufTensorSource(t.Name, t.DType, new Shape(t.Dims), stream => stream.Write(t.Bytes)))]);
        return path;
    }

    private static void Change(JsonObject config, Random random)
    {
        var at = config;
        var fields = Fields;
        if (random.Next(3) == 0 && (config["rope_scaling"] ?? config["rope_parameters"]) is JsonObject scaling) (at, fields) = (scaling, ScalingFields);
        var name = random.Next(3) == 0 || at.Count == 0 ? fields[random.Next(fields.Length)] : at.ElementAt(random.Next(at.Count)).Key;
        if (random.Next(8) == 0) at.Remove(name);
        else at[name] = Value(at[name], random);
    }

    private static JsonNode? Value(JsonNode? old, Random random)
    {
        // Mostly of the kind that is expected: what is of another kind is refused at the door.
        if (random.Next(4) > 0)
        {
            switch (old?.GetValueKind())
            {
                case JsonValueKind.Number: return random.Next(2) == 0 ? Near(old.GetValue<double>(), random) : $"RAW({Numbers[random.Next(Numbers.Length)]})";
                case JsonValueKind.String: return Words[random.Next(Words.Length)];
                case JsonValueKind.True: return false;
                case JsonValueKind.False: return true;
            }
        }
        switch (random.Next(9))
        {
            case 0: return null;
            case 1: return random.Next(2) == 0;
            case 2: return Words[random.Next(Words.Length)];
            case 3:
                var list = new JsonArray();
                for (var left = random.Next(9); left > 0; left--) list.Add(Value((JsonNode?)null, random));
                return list;
            case 4:
                var one = random.Next(3) == 0 ? (JsonNode)"sliding_attention" : random.Next(3);
                return new JsonArray([.. Enumerable.Range(0, random.Next(9)).Select(_ => one.DeepClone())]);
            case 5:
                var nested = new JsonObject();
                foreach (var name in random.GetItems(ScalingFields, random.Next(5))) nested[name] = Value((JsonNode?)null, random);
                return nested;
            case 6 when old is JsonArray { Count: > 0 } array:
                var copy = array.DeepClone().AsArray();
                if (random.Next(3) == 0) copy.RemoveAt(0);
                else if (random.Next(2) == 0) copy.Add(copy[0]!.DeepClone());
                else copy[random.Next(copy.Count)] = Value(copy[0], random);
                return copy;
            default: return $"RAW({Numbers[random.Next(Numbers.Length)]})";
        }
    }

    private static double Near(double number, Random random) => random.Next(5) switch { 0 => number + 1, 1 => number - 1, 2 => Math.Truncate(number / 2), 3 => number * 2, _ => -number };

    private static GgufMetadata Change(GgufMetadata m, Random random)
    {
        var arch = m.TryGet("general.architecture", out var value) ? value.ToString() : "llama";
        var key = random.Next(3) == 0 ? $"{arch}.{Keys[random.Next(Keys.Length)]}" : m.Pairs[random.Next(m.Pairs.Count)].Key;
        // The alignment belongs to how a file is spelt.
        if (key == GgufMetadata.AlignmentKey) return m;
        var changed = new GgufMetadata();
        foreach (var (name, old) in m.Pairs)
            if (name != key) changed[name] = old;
        if (random.Next(8) > 0) changed[key] = Value(key, m.TryGet(key, out var before) ? before : null, random);
        return changed;
    }

    private static GgufValue Value(string key, GgufValue? old, Random random) => (random.Next(16), old?.Value) switch
    {
        (0, _) => new(random.Next(2) == 0),
        (1, _) => new(Words[random.Next(Words.Length)]),
        (2, _) => new(Enumerable.Range(0, random.Next(9)).Select(_ => random.Next(3)).ToArray()),
        (3, _) => new(Enumerable.Range(0, random.Next(9)).Select(_ => random.Next(3) > 0).ToArray()),
        (_, string) => new(Words[random.Next(Words.Length)]),
        (_, bool flag) => new(!flag),
        (_, string[] texts) => new(Array.ConvertAll(texts, text => random.Next(20) == 0 ? random.GetItems(["<0xZZ>", "", "word4", "<s>", "\u00e9"], 1)[0] : text)[random.Next(2)..]),
        (_, float[] floats) => new(Array.ConvertAll(floats, number => random.Next(20) == 0 ? float.NaN : number)[random.Next(2)..]),
        (_, int[] ints) => new(Array.ConvertAll(ints, number => random.Next(20) == 0 ? random.Next(-1, 9) : number)[random.Next(2)..]),
        (_, bool[] flags) => new(flags[random.Next(2)..]),
        (_, float) => new(random.GetItems(Floats, 1)[0]),
        (4, _) => new(random.GetItems(Longs, 1)[0]),
        (5, _) when old?.TryGetDouble(out var number) == true => new(unchecked((uint)(long)Near(number, random))),
        (_, null) when IsReal().IsMatch(key) => new(random.GetItems(Floats, 1)[0]),
        _ => new(random.GetItems(Counts, 1)[0]),
    };

    private static void Change(List<Part> tensors, Random random)
    {
        if (tensors.Count == 0) return;
        var at = random.Next(tensors.Count);
        var part = tensors[at];
        switch (random.Next(9))
        {
            case 0:
                tensors.RemoveAt(at);
                break;
            case 1: // under another name: of nothing, of another layer or expert, of a scale, of a bias
                var name = random.Next(4) switch
                {
                    0 => "\u001b[2Jx\n",
                    1 => Number().Replace(part.Name, $"{random.Next(9)}", 1),
                    2 => part.Name + "_scale",
                    _ => part.Name.Replace(".weight", ".bias", StringComparison.Ordinal),
                };
                if (tensors.TrueForAll(t => t.Name != name)) tensors[at] = part with { Name = name };
                break;
            case 2: // there twice
                if (tensors.TrueForAll(t => t.Name != part.Name + ".2")) tensors.Add(part with { Name = part.Name + ".2" });
                break;
            case 3: // two change places
                var other = random.Next(tensors.Count);
                (tensors[at], tensors[other]) = (part with { Name = tensors[other].Name }, tensors[other] with { Name = part.Name });
                break;
            case 4: // the same numbers in another shape
                var count = part.Dims.Aggregate(1L, (a, b) => a * b);
                long[][] shapes = [[.. part.Dims.Reverse()], [count], [1, count], [count, 1], [1, .. part.Dims], [2, count / 2], [count / 2, 2]];
                var dims = shapes[random.Next(shapes.Length)];
                if (dims.Length <= 4 && dims.Aggregate(1L, (a, b) => a * b) == count) tensors[at] = part with { Dims = dims };
                break;
            case 5: // a row less
                if (part.Dims[0] > 1) tensors[at] = part with { Dims = [part.Dims[0] - 1, .. part.Dims[1..]], Bytes = part.Bytes[..(int)(part.Bytes.Length / part.Dims[0] * (part.Dims[0] - 1))] };
                break;
            case 6: // another type
                var type = new[] { DType.F16, DType.BF16, DType.F64, DType.I32, DType.I8, DType.I64 }[random.Next(6)];
                var bytes = new byte[type.Bytes(part.Dims.Aggregate(1L, (a, b) => a * b))];
                part.Bytes.AsSpan(0, Math.Min(bytes.Length, part.Bytes.Length)).CopyTo(bytes);
                tensors[at] = part with { DType = type, Bytes = bytes };
                break;
            case 7: // numbers that spread
                var word = new[] { float.NaN, float.PositiveInfinity, 3e38f, 0, 1e-45f, -1 }[random.Next(6)];
                var filled = (byte[])part.Bytes.Clone();
                var from = random.Next(2) == 0 ? 0 : random.Next(filled.Length / 4) * 4;
                for (var i = from; i < (from == 0 ? filled.Length : from + 4); i += 4) BitConverter.TryWriteBytes(filled.AsSpan(i), word);
                tensors[at] = part with { Bytes = filled };
                break;
            default: // any bits
                var noise = new byte[part.Bytes.Length];
                random.NextBytes(noise);
                tensors[at] = part with { Bytes = noise };
                break;
        }
    }

    [GeneratedRegex("\"RAW\\(([^)]*)\\)\"")]
    private static partial Regex Raw();

    [GeneratedRegex("freq_base|factor|scale|softcap|beta|multiplier")]
    private static partial Regex IsReal();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();

    private sealed record Part(string Name, DType DType, long[] Dims, byte[] Bytes)
    {
        public static unsafe Part Of(string name, Tensor tensor) => new(
            name, tensor.DType, [.. Enumerable.Range(0, tensor.Shape.Rank).Select(i => tensor.Shape[i])], new ReadOnlySpan<byte>(tensor.Data, (int)tensor.Bytes).ToArray());
    }
}
