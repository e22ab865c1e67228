using Bantam.Tokenizers.Pipeline;

namespace Bantam.Tokenizers;

/// <summary>
/// The rules of GGUF files whose BPE merges characters, not bytes: some names in <c>tokenizer.ggml.pre</c> under the kind
/// <c>gpt2</c>, and two kinds of their own. Ids are those of llama.cpp: characters that are no token are spelled in
/// <c>&lt;0xHH&gt;</c>, and are left out where those are missing too.
/// </summary>
internal sealed class GgufCharacters
{
    private static readonly ReplaceNormalizer Marked = new(TextPattern.OfText(" "), "\u2581");
    private static readonly SplitPreTokenizer Lines = Split(@"[^\n]+|[\n]+");
    private static readonly DecoderStep[] Spaces = [new ReplaceDecoder(TextPattern.OfText("\u2581"), " "), new ByteFallbackDecoder()];

    private static readonly TextPipeline Spaced = new() { Normalizers = [Marked], PreTokenizers = [Lines], Decoders = Spaces };
    private static readonly TextPipeline Runs = new() { PreTokenizers = [Split(@"\S+")], Decoders = [new ByteFallbackDecoder()] };
    private static readonly TextPipeline Words = Runs with { PreTokenizers = [new SpacePreTokenizer()] };
    // One code point becomes one: İ is i, without the dot.
    private static readonly TextPipeline SmallWords = Words with { Normalizers = [new ReplaceNormalizer(TextPattern.OfText("\u0130"), "i"), new CaseNormalizer()] };

    private GgufCharacters(string kind, string name, TextPipeline pipeline) => (Kind, Name, Pipeline) = (kind, name, pipeline);

    /// <summary>Every rule; the first of a kind is that of files that name none.</summary>
    public static IReadOnlyList<GgufCharacters> All { get; } =
    [
        new("gemma4", "gemma4", Spaced) { KeepsLines = true, AddsBos = true },
        new("gpt2", "gemma4", Spaced) { KeepsLines = true, AddsBos = true },
        new("gpt2", "granite-embed-multi-311m", Spaced) { KeepsLines = true, AddsBos = true },
        new("gpt2", "sarvam-moe", Spaced),
        new("gpt2", "whitespace", Runs),
        new("whitespace", "whitespace", Words),
        new("whitespace", "whitespace", SmallWords) { DropsCase = true },
    ];

    /// <summary><c>tokenizer.ggml.model</c>.</summary>
    public string Kind { get; }

    /// <summary><c>tokenizer.ggml.pre</c>.</summary>
    public string Name { get; }

    /// <summary>What is done around merging; each rule's is the same object always, which tells whose a vocabulary is.</summary>
    public TextPipeline Pipeline { get; }

    /// <summary>See <see cref="SubwordSettings.KeepsLines"/>.</summary>
    public bool KeepsLines { get; private init; }

    /// <summary><c>normalizer.lowercase</c>.</summary>
    public bool DropsCase { get; private init; }

    /// <summary>Whether BOS comes first where the file does not say.</summary>
    public bool AddsBos { get; private init; }

    /// <summary>The rule of a file, or null.</summary>
    /// <param name="kind"><c>tokenizer.ggml.model</c>.</param>
    /// <param name="name"><c>tokenizer.ggml.pre</c>; Gemma 4's kind does not look at it.</param>
    /// <param name="dropsCase"><c>normalizer.lowercase</c>; only words parted by white space are put in lower case.</param>
    public static GgufCharacters? Find(string kind, string name, bool dropsCase) =>
        All.FirstOrDefault(rule => rule.Kind == kind && (rule.Name == name || kind == "gemma4") && (rule.DropsCase == dropsCase || kind != "whitespace"));

    /// <summary>The rule that a vocabulary was made by, or null.</summary>
    public static GgufCharacters? Of(Vocabulary vocabulary) => vocabulary.Kind is TokenizerKind.CharacterBpe
        ? All.FirstOrDefault(rule => ReferenceEquals(rule.Pipeline, vocabulary.Pipeline) && rule.Name == vocabulary.PreTokenizer && rule.KeepsLines == vocabulary.Subword.KeepsLines)
        : null;

    /// <summary>What of these rules shows in the ids of a vocabulary and no other file can say, in words; null where nothing does.</summary>
    public static string? Beyond(Vocabulary vocabulary)
    {
        var settings = vocabulary.Subword;
        if (settings.DropsUnknown && !vocabulary.HasByteFallback) return "it leaves out characters for which it lacks bytes, and a tokenizer.json cannot say so";
        if (!settings.KeepsLines) return null;
        var merging = new CharacterBpe(vocabulary with { Subword = settings with { KeepsLines = false } });
        var made = new List<int>();
        for (var id = 0; id < vocabulary.Count; id++)
        {
            var piece = vocabulary.Pieces[id];
            if (piece.Length == 0 || piece.AsSpan().ContainsAnyExcept('\n')) continue;
            made.Clear();
            merging.Encode(piece, new TokenSink(made, null));
            if (made is not [var same] || same != id) return $"its token {id}, {piece.Length} line feeds, comes of no merges, and a tokenizer.json cannot say so";
        }
        return null;
    }

    private static SplitPreTokenizer Split(string pattern) => new(TextPattern.OfRegex(pattern), SplitBehavior.Isolated, invert: false);
}
