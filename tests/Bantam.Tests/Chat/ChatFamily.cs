using Bantam.Chat;
using Bantam.Tests.Tokenizers;
using Bantam.Tokenizers;

namespace Bantam.Tests.Chat;

/// <summary>A published chat template beside a vocabulary of single bytes and that family's control tokens.</summary>
internal sealed record ChatFamily(string Name, string File, string[] Control, string? Bos, string Eos, bool AddBos = false)
{
    // The marks of each family, as its vocabulary has them; the first of the second row ends a turn.
    public static IReadOnlyList<ChatFamily> All { get; } =
    [
        new("llama3", "meta-llama-Llama-3.1-8B-Instruct", ["<|begin_of_text|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|python_tag|>"], "<|begin_of_text|>", "<|eot_id|>", AddBos: true),
        new("qwen2.5", "Qwen-Qwen2.5-7B-Instruct", ["<|im_start|>", "<|im_end|>", "<|endoftext|>"], null, "<|im_end|>"),
        new("qwen3", "Qwen-Qwen3-0.6B", ["<|im_start|>", "<|im_end|>", "<|endoftext|>"], null, "<|im_end|>"),
        new("mistral", "mistralai-Mistral-Nemo-Instruct-2407", ["<s>", "</s>", "[INST]", "[/INST]", "[TOOL_CALLS]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]"], "<s>", "</s>", AddBos: true),
        new("gemma2", "google-gemma-2-2b-it", ["<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>"], "<bos>", "<end_of_turn>", AddBos: true),
        new("phi3.5", "microsoft-Phi-3.5-mini-instruct", ["<s>", "<|end|>", "<|endoftext|>", "<|user|>", "<|assistant|>", "<|system|>"], "<s>", "<|endoftext|>"),
    ];

    public static ChatFamily Of(string name) => All.Single(f => f.Name == name);

    public string Source => System.IO.File.ReadAllText(SharedData.Path("chat_templates", $"{File}.jinja"));

    public Tokenizer Tokenizer { get; } = Of(Control, Bos, Eos, AddBos);

    public ChatTemplate Template() => new(Source, Tokenizer);

    /// <summary>A tokenizer of single bytes and control tokens.</summary>
    public static Tokenizer Of(string[] control, string? bos, string eos, bool addBos = false)
    {
        var vocabulary = ByteLevelData.Small([], [.. control.Select(text => (text, TokenType.Control))]);
        // A family may end turns by several tokens: every mark of an end that it has.
        string[] ends = [eos, .. new[] { "<|eom_id|>", "<|end|>", "<end_of_turn>", "<|im_end|>" }.Where(end => end != eos && control.Contains(end))];
        return Tokenizer.Create(vocabulary with
        {
            BosId = bos is null ? null : Array.IndexOf(vocabulary.Pieces, bos),
            EosIds = [.. ends.Select(end => Array.IndexOf(vocabulary.Pieces, end))],
            AddBos = addBos,
        });
    }
}
