using System.Text.RegularExpressions;
using Bantam.Formats.Gguf;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

/// <summary>
/// GGUF files whose BPE merges characters, made of the words of Llama 2: for all pairs of pieces that make a piece, a merge,
/// in the order of what they make. Where spaces are no '▁', the pieces have spaces, and the last bytes are missing.
/// </summary>
internal static class CharacterWords
{
    /// <summary>Kind, name and <c>normalizer.lowercase</c> of each.</summary>
    public static IReadOnlyList<(string Kind, string Name, bool DropsCase)> All { get; } =
    [
        ("gemma4", "anything", false),
        ("gpt2", "gemma4", false),
        ("gpt2", "granite-embed-multi-311m", false),
        ("gpt2", "sarvam-moe", false),
        ("gpt2", "whitespace", false),
        ("whitespace", "whitespace", false),
        ("whitespace", "whitespace", true),
    ];

    /// <summary>How many texts are compared with llama.cpp.</summary>
    public const int Texts = 5_000;

    /// <summary>A text of which llama.cpp makes tokens: where it would ask whether a space or a line feed merges, it ends the program.</summary>
    public static string Comparable(string text, Vocabulary vocabulary)
    {
        var rule = GgufCharacters.Of(vocabulary)!;
        if (rule.Kind == "whitespace") return text;
        if (rule.Name == "whitespace") return Regex.Replace(text, @"(?<=\s)\s+", "");
        return Regex.Replace(text, @"\n+", run => new string('\n', Math.Min(run.Length, rule.KeepsLines ? 3 : 1)));
    }

    public static string Label(string kind, string name, bool dropsCase) => $"{kind} {name}{(dropsCase ? " lowercase" : "")}";

    /// <param name="words">The metadata of ggml-vocab-llama-spm.gguf.</param>
    /// <param name="kind"><c>tokenizer.ggml.model</c>.</param>
    /// <param name="name"><c>tokenizer.ggml.pre</c>.</param>
    /// <param name="dropsCase"><c>normalizer.lowercase</c>.</param>
    public static GgufMetadata Metadata(GgufMetadata words, string kind, string name, bool dropsCase)
    {
        var isSpaced = name != "whitespace";
        var (pieces, types) = (words.GetStrings("tokenizer.ggml.tokens"), words.GetInts("tokenizer.ggml.token_type"));
        var (tokens, kinds, known) = (new List<string>(), new List<int>(), new HashSet<string>(StringComparer.Ordinal));
        void Add(string text, int type)
        {
            if (!known.Add(text)) return;
            tokens.Add(text);
            kinds.Add(type);
        }

        for (var id = 0; id < pieces.Length; id++)
        {
            if (!isSpaced && types[id] == 6 && string.CompareOrdinal(pieces[id], "<0xE3>") > 0) continue;
            // Converters call bytes text where they do not know better.
            Add(isSpaced ? pieces[id] : pieces[id].Replace('\u2581', ' '), types[id] == 6 && kind != "gemma4" ? 1 : types[id]);
        }
        foreach (var line in (string[])["\n", "\n\n", "\n\n\n"]) Add(line, 1);
        foreach (var added in (string[])["camelCase", "https://"]) Add(added, 4);

        var normal = new HashSet<string>(tokens.Where((_, id) => kinds[id] == 1 && !tokens[id].StartsWith("<0x", StringComparison.Ordinal)), StringComparer.Ordinal);
        var merges = tokens.Where(token => normal.Contains(token) && token != "\n\n\n").SelectMany(token => Enumerable.Range(1, token.Length - 1)
            .Select(at => (Left: token[..at], Right: token[at..]))
            .Where(pair => normal.Contains(pair.Left) && normal.Contains(pair.Right) && !pair.Left.AsSpan(1).Contains(' '))
            .Select(pair => $"{pair.Left} {pair.Right}"));
        var metadata = new GgufMetadata
        {
            ["general.architecture"] = "llama",
            ["tokenizer.ggml.model"] = kind,
            ["tokenizer.ggml.pre"] = name,
            ["tokenizer.ggml.tokens"] = tokens.ToArray(),
            ["tokenizer.ggml.token_type"] = kinds.ToArray(),
            ["tokenizer.ggml.merges"] = merges.ToArray(),
            ["tokenizer.ggml.bos_token_id"] = 1u,
            ["tokenizer.ggml.eos_token_id"] = 2u,
            ["tokenizer.ggml.unknown_token_id"] = 0u,
            ["tokenizer.ggml.add_bos_token"] = false,
        };
        if (dropsCase) metadata["tokenizer.ggml.normalizer.lowercase"] = true;
        return metadata;
    }
}
