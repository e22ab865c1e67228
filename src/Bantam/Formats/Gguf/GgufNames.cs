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

    // GGUF, Hugging Face; without ".weight" and ".bias". N stands for the number of the block, E for that of an expert.
    private static readonly (string Gguf, string HuggingFace)[] Common =
    [
        ("token_embd", "model.embed_tokens"),
        ("output_norm", "model.norm"),
        ("output", "lm_head"),
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

    // The experts of a projection lie stacked under the name with _exps; older files have each under the name with its number.
    private static readonly (string Gguf, string HuggingFace)[] MixtralExperts =
    [
        ("blk.N.ffn_gate_inp", "model.layers.N.block_sparse_moe.gate"),
        ("blk.N.ffn_gate.E", "model.layers.N.block_sparse_moe.experts.E.w1"),
        ("blk.N.ffn_up.E", "model.layers.N.block_sparse_moe.experts.E.w3"),
        ("blk.N.ffn_down.E", "model.layers.N.block_sparse_moe.experts.E.w2"),
    ];

    private static readonly (string Gguf, string HuggingFace)[] QwenExperts =
    [
        ("blk.N.ffn_gate_inp", "model.layers.N.mlp.gate"),
        ("blk.N.ffn_gate.E", "model.layers.N.mlp.experts.E.gate_proj"),
        ("blk.N.ffn_up.E", "model.layers.N.mlp.experts.E.up_proj"),
        ("blk.N.ffn_down.E", "model.layers.N.mlp.experts.E.down_proj"),
    ];

    private static readonly (string Gguf, string HuggingFace)[] FusedProjections =
    [
        ("blk.N.attn_qkv", "model.layers.N.self_attn.qkv_proj"),
        ("blk.N.ffn_up", "model.layers.N.mlp.gate_up_proj"),
    ];

    private static readonly (string Gguf, string HuggingFace)[] Gpt2Names =
    [
        ("token_embd", "transformer.wte"),
        ("position_embd", "transformer.wpe"),
        ("output_norm", "transformer.ln_f"),
        ("output", "lm_head"),
        ("blk.N.attn_norm", "transformer.h.N.ln_1"),
        ("blk.N.attn_qkv", "transformer.h.N.attn.c_attn"),
        ("blk.N.attn_output", "transformer.h.N.attn.c_proj"),
        ("blk.N.ffn_norm", "transformer.h.N.ln_2"),
        ("blk.N.ffn_up", "transformer.h.N.mlp.c_fc"),
        ("blk.N.ffn_down", "transformer.h.N.mlp.c_proj"),
    ];

    private static readonly string[] Suffixes = [".weight", ".bias"];

    private readonly FrozenDictionary<string, string> _toHuggingFace;
    private readonly FrozenDictionary<string, string> _toGguf;

    private GgufNames(params ReadOnlySpan<(string Gguf, string HuggingFace)[]> tables)
    {
        var rows = new List<(string Gguf, string HuggingFace)>();
        foreach (var table in tables) rows.AddRange(table);
        _toHuggingFace = rows.ToFrozenDictionary(row => row.Gguf, row => row.HuggingFace);
        _toGguf = rows.ToFrozenDictionary(row => row.HuggingFace, row => row.Gguf);
    }

    /// <summary>Llama, Mistral, Mixtral, Gemma 1, Qwen2, Qwen3 (dense), SmolLM3 and their kin.</summary>
    public static GgufNames Llama { get; } = new(Common, SeparateUp, PreNorms, MixtralExperts);

    /// <summary>Gemma 2 and 3: norms before and after each half of a block.</summary>
    public static GgufNames Gemma2 { get; } = new(Common, SeparateUp, SandwichNorms);

    /// <summary>Qwen2 and Qwen3 mixtures of experts.</summary>
    public static GgufNames QwenMoe { get; } = new(Common, SeparateUp, PreNorms, QwenExperts);

    /// <summary>Phi-3: fused projections.</summary>
    public static GgufNames Phi3 { get; } = new(Common, FusedProjections, PreNorms);

    /// <summary>GPT-2, which has names of its own for everything.</summary>
    public static GgufNames Gpt2 { get; } = new(Gpt2Names);

    /// <summary>The map for a <c>general.architecture</c> or Hugging Face <c>model_type</c>; the Llama map where the family has no names of its own.</summary>
    public static GgufNames For(string architecture) => architecture switch
    {
        "gemma2" or "gemma3" or "gemma3_text" => Gemma2,
        "qwen2moe" or "qwen3moe" or "qwen2_moe" or "qwen3_moe" => QwenMoe,
        "phi3" => Phi3,
        "gpt2" => Gpt2,
        _ => Llama,
    };

    /// <summary>The Hugging Face path of a GGUF name, or null where the family has none: <c>blk.3.attn_q.weight</c> → <c>model.layers.3.self_attn.q_proj.weight</c>.</summary>
    public string? ToHuggingFace(string gguf) => Map(gguf, _toHuggingFace);

    /// <summary>The GGUF name of a Hugging Face path, or null where the family has none. An expert's is that of older files; see <see cref="ToStack"/>.</summary>
    public string? ToGguf(string huggingFace) => Map(huggingFace, _toGguf);

    /// <summary>The Hugging Face path of one expert in a stack of them, or null where the name is none: <c>blk.3.ffn_up_exps.weight</c>.</summary>
    public string? ToExpert(string stack, int expert)
    {
        const string Stacked = "_exps.weight";
        return stack.EndsWith(Stacked, StringComparison.Ordinal)
            ? ToHuggingFace(string.Create(CultureInfo.InvariantCulture, $"{stack[..^Stacked.Length]}.{expert}.weight"))
            : null;
    }

    /// <summary>The stack in which an expert lies and its place there, or null where the path is no expert's.</summary>
    public (string Name, int Expert)? ToStack(string huggingFace) =>
        Pattern(huggingFace) is { Numbers: [_, var expert] } && ToGguf(huggingFace) is { } name
            ? ($"{name[..name.IndexOf($".{expert}.", BlockPrefix.Length + 1, StringComparison.Ordinal)]}_exps.weight", int.Parse(expert, CultureInfo.InvariantCulture))
            : null;

    private static string? Map(string name, FrozenDictionary<string, string> table)
    {
        if (Pattern(name) is not var (stem, suffix, numbers) || !table.TryGetValue(stem, out var other)) return null;
        if (numbers.Length > 0) other = other.Replace(".N.", $".{numbers[0]}.", StringComparison.Ordinal);
        if (numbers.Length > 1) other = other.EndsWith(".E", StringComparison.Ordinal) ? $"{other[..^1]}{numbers[1]}" : other.Replace(".E.", $".{numbers[1]}.", StringComparison.Ordinal);
        return other + suffix;
    }

    // blk.3.ffn_up.5.weight → blk.N.ffn_up.E, .weight, [3, 5]; null where the name is of no such form.
    private static (string Stem, string Suffix, string[] Numbers)? Pattern(string name)
    {
        var suffix = Array.Find(Suffixes, s => name.EndsWith(s, StringComparison.Ordinal));
        if (suffix is null) return null;
        var segments = name[..^suffix.Length].Split('.');
        var numbers = new List<string>();
        for (var i = 0; i < segments.Length; i++)
        {
            // "07" or "+7" would not come back as it was, and a literal N is no number.
            if (segments[i] is "N" or "E") return null;
            if (!int.TryParse(segments[i], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || segments[i] != number.ToString(CultureInfo.InvariantCulture)) continue;
            if (numbers.Count == 2) return null;
            numbers.Add(segments[i]);
            segments[i] = numbers.Count == 1 ? "N" : "E";
        }
        return (string.Join('.', segments), suffix, [.. numbers]);
    }
}
