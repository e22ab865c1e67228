using System.Collections.Frozen;
using System.Globalization;

namespace Bantam.Formats.Gguf;

/// <summary>
/// Names of tensors in GGUF files (specification, "Standardized tensor names") and in Hugging Face checkpoints, both ways.
/// The families differ in what they call the normalisations and the router, so a map belongs to a family.
/// </summary>
public sealed class GgufNames
{
    private const string BlockPrefix = "blk.";
    private const string LayerPrefix = "model.layers.";

    // GGUF, Hugging Face; without ".weight" and ".bias". N stands for the number of the block.
    private static readonly (string Gguf, string HuggingFace)[] Common =
    [
        ("token_embd", "model.embed_tokens"),
        ("output_norm", "model.norm"),
        ("output", "lm_head"),
        // Frequency factors: llama.cpp's converter computes them from rope_scaling, no checkpoint holds them.
        ("rope_freqs", "model.rotary_emb.rope_freqs"),
        ("rope_factors_long", "model.rotary_emb.rope_factors_long"),
        ("rope_factors_short", "model.rotary_emb.rope_factors_short"),
        ("blk.N.attn_norm", "model.layers.N.input_layernorm"),
        ("blk.N.attn_q", "model.layers.N.self_attn.q_proj"),
        ("blk.N.attn_k", "model.layers.N.self_attn.k_proj"),
        ("blk.N.attn_v", "model.layers.N.self_attn.v_proj"),
        ("blk.N.attn_output", "model.layers.N.self_attn.o_proj"),
        ("blk.N.attn_q_norm", "model.layers.N.self_attn.q_norm"),
        ("blk.N.attn_k_norm", "model.layers.N.self_attn.k_norm"),
        ("blk.N.ffn_gate", "model.layers.N.mlp.gate_proj"),
        ("blk.N.ffn_down", "model.layers.N.mlp.down_proj"),
    ];

    private static readonly (string Gguf, string HuggingFace)[] SeparateUp = [("blk.N.ffn_up", "model.layers.N.mlp.up_proj")];

    // One norm before each half of the block; the second bears the name of what precedes it.
    private static readonly (string Gguf, string HuggingFace)[] PreNorms = [("blk.N.ffn_norm", "model.layers.N.post_attention_layernorm")];

    // A norm before and after each half of the block.
    private static readonly (string Gguf, string HuggingFace)[] SandwichNorms =
    [
        ("blk.N.post_attention_norm", "model.layers.N.post_attention_layernorm"),
        ("blk.N.ffn_norm", "model.layers.N.pre_feedforward_layernorm"),
        ("blk.N.post_ffw_norm", "model.layers.N.post_feedforward_layernorm"),
    ];

    private static readonly (string Gguf, string HuggingFace)[] MixtralRouter = [("blk.N.ffn_gate_inp", "model.layers.N.block_sparse_moe.gate")];
    private static readonly (string Gguf, string HuggingFace)[] QwenRouter = [("blk.N.ffn_gate_inp", "model.layers.N.mlp.gate")];

    private static readonly (string Gguf, string HuggingFace)[] FusedProjections =
    [
        ("blk.N.attn_qkv", "model.layers.N.self_attn.qkv_proj"),
        ("blk.N.ffn_up", "model.layers.N.mlp.gate_up_proj"),
    ];

    private static readonly string[] Suffixes = [".weight", ".bias"];

    private readonly FrozenDictionary<string, string> _toHuggingFace;
    private readonly FrozenDictionary<string, string> _toGguf;

    private GgufNames(params ReadOnlySpan<(string Gguf, string HuggingFace)[]> tables)
    {
        var rows = Common.ToList();
        foreach (var table in tables) rows.AddRange(table);
        _toHuggingFace = rows.ToFrozenDictionary(row => row.Gguf, row => row.HuggingFace);
        _toGguf = rows.ToFrozenDictionary(row => row.HuggingFace, row => row.Gguf);
    }

    /// <summary>Llama, Mistral, Mixtral, Gemma 1, Qwen2, Qwen3 (dense) and their kin.</summary>
    public static GgufNames Llama { get; } = new(SeparateUp, PreNorms, MixtralRouter);

    /// <summary>Gemma 2 and 3: norms before and after each half of a block.</summary>
    public static GgufNames Gemma2 { get; } = new(SeparateUp, SandwichNorms);

    /// <summary>Qwen2 and Qwen3 mixtures of experts.</summary>
    public static GgufNames QwenMoe { get; } = new(SeparateUp, PreNorms, QwenRouter);

    /// <summary>Phi-3: fused projections.</summary>
    public static GgufNames Phi3 { get; } = new(FusedProjections, PreNorms);

    /// <summary>The map for a <c>general.architecture</c> or Hugging Face <c>model_type</c>; the Llama map where the family has no names of its own.</summary>
    public static GgufNames For(string architecture) => architecture switch
    {
        "gemma2" or "gemma3" or "gemma3_text" => Gemma2,
        "qwen2moe" or "qwen3moe" or "qwen2_moe" or "qwen3_moe" => QwenMoe,
        "phi3" => Phi3,
        _ => Llama,
    };

    /// <summary>The Hugging Face path of a GGUF name, or null where the family has none: <c>blk.3.attn_q.weight</c> → <c>model.layers.3.self_attn.q_proj.weight</c>.</summary>
    public string? ToHuggingFace(string gguf) => Map(gguf, BlockPrefix, LayerPrefix, _toHuggingFace);

    /// <summary>The GGUF name of a Hugging Face path, or null where the family has none.</summary>
    public string? ToGguf(string huggingFace) => Map(huggingFace, LayerPrefix, BlockPrefix, _toGguf);

    private static string? Map(string name, string prefix, string otherPrefix, FrozenDictionary<string, string> table)
    {
        var suffix = Array.Find(Suffixes, s => name.EndsWith(s, StringComparison.Ordinal));
        if (suffix is null) return null;
        var stem = name[..^suffix.Length];
        if (!stem.StartsWith(prefix, StringComparison.Ordinal))
            return table.TryGetValue(stem, out var single) ? single + suffix : null;

        var dot = stem.IndexOf('.', prefix.Length);
        if (dot < 0) return null;
        var digits = stem[prefix.Length..dot];
        // "07" or "+7" would not come back as it was.
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var block) || digits != block.ToString(CultureInfo.InvariantCulture))
            return null;
        return table.TryGetValue($"{prefix}N{stem[dot..]}", out var other)
            ? $"{otherPrefix}{digits}{other[(otherPrefix.Length + 1)..]}{suffix}"
            : null;
    }
}
