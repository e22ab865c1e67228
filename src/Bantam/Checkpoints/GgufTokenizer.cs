using Bantam.Formats.Gguf;
using Bantam.Models;
using Bantam.Tokenizers;

namespace Bantam.Checkpoints;

/// <summary>Vocabulary and chat templates in GGUF metadata, both ways: keys <c>tokenizer.…</c> of the specification.</summary>
internal static class GgufTokenizer
{
    /// <summary>What the keys of the tokenizer begin with.</summary>
    public const string Prefix = "tokenizer.ggml.";

    private const string Template = "tokenizer.chat_template";
    private const string TemplateNames = "tokenizer.chat_templates";

    // What tells of the vocabulary; other keys with the prefix are not understood here.
    private static readonly string[] Known =
    [
        "model", "pre", "tokens", "scores", "token_type", "merges", "bos_token_id", "eos_token_id", "eot_token_id", "eom_token_id",
        "unknown_token_id", "padding_token_id", "add_bos_token", "add_eos_token", "add_space_prefix", "remove_extra_whitespaces", "escape_whitespaces",
        "precompiled_charsmap", "normalizer.lowercase", "normalizer.strip_accents", "cls_token_id", "seperator_token_id", "mask_token_id", "add_sep_token", "token_type_count",
    ];

    /// <summary>The vocabulary, or null where the file has none or one of a kind that is not read; then <paramref name="unread"/> says which.</summary>
    public static Vocabulary? Read(GgufMetadata m, out string? unread) => ReadBare(m, out unread) is { } vocabulary
        ? vocabulary with { Added = GgufAddedTokens.Rules(vocabulary, m.GetString("general.name", ""), m.GetString("general.architecture", "")) }
        : null;

    private static Vocabulary? ReadBare(GgufMetadata m, out string? unread)
    {
        unread = null;
        if (!m.Contains(Prefix + "model") || !m.Contains(Prefix + "tokens")) return null;
        var kind = m.GetString(Prefix + "model");
        if (GgufCharacters.Find(kind, m.GetString(Prefix + "pre", "default"), m.GetBool(Prefix + "normalizer.lowercase", false)) is { } rule) return Characters(m, rule);
        switch (kind)
        {
            case "llama":
                return GgufVocabulary.Create(
                    m.File,
                    m.GetStrings(Prefix + "tokens"),
                    m.Contains(Prefix + "scores") ? m.GetFloats(Prefix + "scores") : null,
                    Types(m),
                    Id("bos_token_id"),
                    Id("eos_token_id"),
                    Id("unknown_token_id"),
                    Id("padding_token_id"),
                    Ids("eot_token_id", "eom_token_id"),
                    m.GetBool(Prefix + "add_bos_token", true),
                    m.GetBool(Prefix + "add_eos_token", false),
                    m.GetBool(Prefix + "add_space_prefix", true),
                    m.GetString(Prefix + "pre", "default"));
            case "gpt2":
                return GgufVocabulary.CreateByteLevel(
                    m.File,
                    m.GetStrings(Prefix + "tokens"),
                    m.GetStrings(Prefix + "merges"),
                    Types(m),
                    Id("bos_token_id"),
                    Ids("eos_token_id", "eot_token_id", "eom_token_id"),
                    Id("unknown_token_id"),
                    Id("padding_token_id"),
                    m.Contains(Prefix + "add_bos_token") ? m.GetBool(Prefix + "add_bos_token") : null,
                    m.GetBool(Prefix + "add_eos_token", false),
                    m.GetString(Prefix + "pre", "default"));
            case "t5":
                return (GgufVocabulary.CreateUnigram(
                    m.File,
                    m.GetStrings(Prefix + "tokens"),
                    m.GetFloats(Prefix + "scores"),
                    Types(m),
                    Id("bos_token_id"),
                    Ids("eos_token_id", "eot_token_id", "eom_token_id"),
                    Id("unknown_token_id"),
                    Id("padding_token_id")) with
                {
                    AddBos = m.GetBool(Prefix + "add_bos_token", false),
                    AddEos = m.GetBool(Prefix + "add_eos_token", true),
                    AddSpacePrefix = m.GetBool(Prefix + "add_space_prefix", true),
                    RemoveExtraWhitespaces = m.GetBool(Prefix + "remove_extra_whitespaces", false),
                    EscapeWhitespaces = m.GetBool(Prefix + "escape_whitespaces", true),
                    CharsMap = CharsMap(m),
                    PreTokenizer = m.GetString(Prefix + "pre", "default"),
                }).Validate().Unpad();
            case "bert":
                var dropsCase = m.GetBool(Prefix + "normalizer.lowercase", true);
                return (GgufVocabulary.CreateWordPiece(
                    m.File,
                    m.GetStrings(Prefix + "tokens"),
                    Types(m),
                    Id("bos_token_id") ?? Id("cls_token_id"),
                    Id("seperator_token_id"),
                    Ids("eos_token_id"),
                    Id("unknown_token_id"),
                    Id("padding_token_id")) with
                {
                    AddBos = m.GetBool(Prefix + "add_bos_token", true),
                    AddEos = m.GetBool(Prefix + "add_sep_token", true),
                    Subword = new SubwordSettings
                    {
                        ContinuingSubwordPrefix = BertWords.Inside,
                        DropsCase = dropsCase,
                        DropsAccents = m.GetBool(Prefix + "normalizer.strip_accents", dropsCase),
                    },
                    PreTokenizer = m.GetString(Prefix + "pre", "default"),
                }).Validate().Unpad();
            case "none":
                unread = "the file says that it has no tokenizer (tokenizer.ggml.model = none)";
                return null;
            case var other:
                unread = $"the tokenizer is of the kind '{ModelFileException.Printable(other)}'; llama (SentencePiece BPE), gpt2 (byte-level BPE), gemma4 and whitespace (BPE over characters), t5 (Unigram) and bert (WordPiece) are read";
                return null;
        }

        long? Id(string key) => IdOf(m, key);

        IEnumerable<long> Ids(params string[] keys) => IdsOf(m, keys);
    }

    // As in llama.cpp, what Gemma 4's files say of BOS does not count: the model knows no text without it.
    private static Vocabulary Characters(GgufMetadata m, GgufCharacters rule) => GgufVocabulary.CreateCharacters(
        m.File,
        m.GetStrings(Prefix + "tokens"),
        m.GetStrings(Prefix + "merges"),
        rule,
        Types(m),
        IdOf(m, "bos_token_id"),
        IdsOf(m, "eos_token_id", "eot_token_id", "eom_token_id"),
        IdOf(m, "unknown_token_id"),
        IdOf(m, "padding_token_id"),
        rule.AddsBos || m.GetBool(Prefix + "add_bos_token", false),
        m.GetBool(Prefix + "add_eos_token", false));

    private static long? IdOf(GgufMetadata m, string key) => m.Contains(Prefix + key) ? m.GetLong(Prefix + key) : null;

    private static IEnumerable<long> IdsOf(GgufMetadata m, params string[] keys) => keys.Select(key => IdOf(m, key)).OfType<long>();

    /// <summary>The chat templates.</summary>
    public static ChatTemplates ReadTemplates(GgufMetadata m)
    {
        var others = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, _) in m.Pairs)
            if (key.StartsWith(Template + ".", StringComparison.Ordinal)) others[key[(Template.Length + 1)..]] = m.GetString(key);
        return ChatTemplates.Of(m.Contains(Template) ? m.GetString(Template) : null, others);
    }

    /// <summary>Writes vocabulary and chat templates of a checkpoint.</summary>
    public static void Write(GgufMetadata m, Checkpoint checkpoint)
    {
        if (checkpoint.Vocabulary is { } vocabulary && CanWrite(vocabulary, out _)) Write(m, vocabulary, checkpoint.Config.VocabSize);
        else WriteIds(m, checkpoint.Config);
        if (checkpoint.ChatTemplate is { } template) m[Template] = template;
        if (checkpoint.OtherChatTemplates.Count == 0) return;
        m[TemplateNames] = checkpoint.OtherChatTemplates.Keys.Order(StringComparer.Ordinal).ToArray();
        foreach (var (name, text) in checkpoint.OtherChatTemplates.OrderBy(t => t.Key, StringComparer.Ordinal)) m[$"{Template}.{name}"] = text;
    }

    /// <summary>Writes a vocabulary, padded to the rows of the embedding.</summary>
    /// <exception cref="ModelFileException">BT1040: it has more entries than <paramref name="vocabSize"/>.</exception>
    public static void Write(GgufMetadata m, Vocabulary vocabulary, int vocabSize)
    {
        // Beyond what it says, llama.cpp's own rules hold: a kind that has none there cannot be said.
        var kind = KindOf(vocabulary, m.File);
        var v = GgufPipeline.Settle(vocabulary, out _)!.Pad(vocabSize);
        m[Prefix + "model"] = kind;
        m[Prefix + "pre"] = v.PreTokenizer;
        m[Prefix + "tokens"] = kind == "bert" ? Array.ConvertAll(v.Pieces, BertWords.Spelled) : v.Pieces;
        if (kind is "llama" or "t5") m[Prefix + "scores"] = v.Scores;
        m[Prefix + "token_type"] = Array.ConvertAll(v.Types, t => (int)t);
        if (v.Kind is TokenizerKind.ByteLevelBpe or TokenizerKind.CharacterBpe) m[Prefix + "merges"] = MergeTable.Spell(v, m.File);
        if (v.BosId is { } bos) m[Prefix + "bos_token_id"] = (uint)bos;
        if (v.EosIds is [var eos, ..]) m[Prefix + "eos_token_id"] = (uint)eos;
        var (eot, eom, _) = FurtherEnds(v);
        if (eot is { } turn) m[Prefix + "eot_token_id"] = (uint)turn;
        if (eom is { } message) m[Prefix + "eom_token_id"] = (uint)message;
        if (v.UnkId is { } unk) m[Prefix + "unknown_token_id"] = (uint)unk;
        if (v.PadId is { } pad) m[Prefix + "padding_token_id"] = (uint)pad;
        m[Prefix + "add_bos_token"] = v.AddBos;
        m[Prefix + "add_eos_token"] = v.AddEos;
        if (kind is "llama" or "t5") m[Prefix + "add_space_prefix"] = v.AddSpacePrefix;
        if (kind == "t5") WriteRules(m, v);
        if (kind == "bert") WriteMarks(m, v);
        if (kind == "whitespace") m[Prefix + "normalizer.lowercase"] = GgufCharacters.Of(v)!.DropsCase;
    }

    /// <summary>Whether GGUF has a place for a kind of tokenizer, and where it has none, the reason.</summary>
    public static bool CanWrite(Vocabulary v, out string? reason)
    {
        if (GgufPipeline.Settle(v, out reason) is not { } settled) return false;
        reason = settled switch
        {
            { Kind: TokenizerKind.SentencePieceBpe, CharsMap.Length: > 0 } => "its SentencePiece BPE normalises text (precompiled_charsmap), llama.cpp's does not",
            { Kind: TokenizerKind.SentencePieceBpe, EscapeWhitespaces: false } => "its SentencePiece BPE keeps spaces as they are (escape_whitespaces false), llama.cpp's does not",
            { Kind: TokenizerKind.ByteLevelBpe, Rule.Name: ByteLevelJson.Unnamed } => "the rule by which it splits text has no name there",
            { Kind: TokenizerKind.WordLevel } => $"llama.cpp has no tokenizer of the kind {v.Kind}",
            _ => null,
        };
        return reason is null;
    }

    private static string KindOf(Vocabulary v, string file) => !CanWrite(v, out var reason)
        ? throw new ModelFileException("BT1039", file, "kind of tokenizer", $"{v.Kind}", reason!)
        : v.Kind switch
        {
            TokenizerKind.SentencePieceBpe => "llama",
            TokenizerKind.Unigram => "t5",
            TokenizerKind.WordPiece => "bert",
            _ => GgufCharacters.Of(v)?.Kind ?? "gpt2",
        };

    private static void WriteRules(GgufMetadata m, Vocabulary v)
    {
        m[Prefix + "remove_extra_whitespaces"] = v.RemoveExtraWhitespaces;
        if (!v.EscapeWhitespaces) m[Prefix + "escape_whitespaces"] = false;
        if (v.CharsMap.Length > 0) m[Prefix + "precompiled_charsmap"] = new GgufValue(v.CharsMap);
    }

    // The names are those of the specification, its spelling included.
    private static void WriteMarks(GgufMetadata m, Vocabulary v)
    {
        if (v.BosId is { } cls) m[Prefix + "cls_token_id"] = (uint)cls;
        if (v.EosIds is [var sep, ..]) m[Prefix + "seperator_token_id"] = (uint)sep;
        if (Array.IndexOf(v.Pieces, "[MASK]") is >= 0 and var mask) m[Prefix + "mask_token_id"] = (uint)mask;
        m[Prefix + "add_sep_token"] = v.AddEos;
        if (!v.Subword.DropsCase) m[Prefix + "normalizer.lowercase"] = false;
        if (v.Subword.DropsAccents != v.Subword.DropsCase) m[Prefix + "normalizer.strip_accents"] = v.Subword.DropsAccents;
    }

    /// <summary>The ends that have a key besides the EOS, and those that have none: an end of a message is told by its name, as in Llama 3.</summary>
    public static (int? Turn, int? Message, int[] WithoutKey) FurtherEnds(Vocabulary vocabulary)
    {
        int[] others = [.. vocabulary.EosIds.Skip(1)];
        var named = others.Where(id => vocabulary.Pieces[id].Contains("eom", StringComparison.OrdinalIgnoreCase)).Select(id => (int?)id).FirstOrDefault();
        int[] rest = [.. others.Where(id => id != named)];
        return named is null
            ? (rest.Length > 0 ? rest[0] : null, rest.Length > 1 ? rest[1] : null, rest.Length > 2 ? rest[2..] : [])
            : (rest.Length > 0 ? rest[0] : null, named, rest.Length > 1 ? rest[1..] : []);
    }

    /// <summary>Keys of the tokenizer that are not understood here.</summary>
    public static IEnumerable<string> UnknownKeys(GgufMetadata m) => m.Pairs.Select(pair => pair.Key).Where(key =>
        key.StartsWith("tokenizer.", StringComparison.Ordinal) && key is not (Template or TemplateNames)
        && !key.StartsWith(Template + ".", StringComparison.Ordinal)
        && !(key.StartsWith(Prefix, StringComparison.Ordinal) && Known.Contains(key[Prefix.Length..])));

    // The tokens that end a text belong to the model as well; without a vocabulary only they are known.
    private static void WriteIds(GgufMetadata m, ModelConfig config)
    {
        if (config.BosTokenId is { } bos) m[Prefix + "bos_token_id"] = (uint)bos;
        if (config.EosTokenIds is [var eos, ..]) m[Prefix + "eos_token_id"] = (uint)eos;
        if (config.EosTokenIds is [_, var eot, ..]) m[Prefix + "eot_token_id"] = (uint)eot;
    }

    private static byte[] CharsMap(GgufMetadata m)
    {
        const string Key = Prefix + "precompiled_charsmap";
        if (!m.TryGet(Key, out var value)) return [];
        return value.Value switch
        {
            byte[] bytes => bytes,
            sbyte[] signed => [.. signed.Select(v => unchecked((byte)v))],
            _ => throw new ModelFileException("BT1035", m.File, $"metadata '{Key}'", value.TypeName, "must be an array of bytes"),
        };
    }

    private static int[]? Types(GgufMetadata m) => m.Contains(Prefix + "token_type") ? m.GetInts(Prefix + "token_type") : null;
}
