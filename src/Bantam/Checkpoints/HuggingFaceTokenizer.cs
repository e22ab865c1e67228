using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Bantam.Formats;
using Bantam.Formats.HuggingFace;
using Bantam.Models;
using Bantam.Tokenizers;

namespace Bantam.Checkpoints;

/// <summary>
/// The tokenizer of a Hugging Face directory, from whichever of its files say it: <c>tokenizer.model</c> first, which says
/// it with scores, then <c>tokenizer.json</c>, then <c>vocab.json</c> with <c>merges.txt</c>.
/// </summary>
internal sealed class HuggingFaceTokenizer
{
    private static readonly StrictJson.Codes Codes = new("BT1037", "BT1037", "BT1037");

    // Everything from which some tokenizer is made; a directory that is written anew keeps them byte for byte.
    private static readonly string[] FileNames =
    [
        "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt",
        "vocab.txt", "spiece.model", "qwen.tiktoken", "chat_template.jinja", "chat_template.json",
    ];

    // Classes of transformers whose vocab.json and merges.txt are split by a rule that is known.
    private static readonly Dictionary<string, string> RuleOfClass = new(StringComparer.Ordinal)
    {
        ["GPT2Tokenizer"] = "gpt-2",
        ["CodeGenTokenizer"] = "gpt-2",
        ["Qwen2Tokenizer"] = "qwen2",
    };

    // The class that transformers takes for a family where the directory names none.
    private static readonly Dictionary<string, string> ClassOfFamily = new(StringComparer.Ordinal)
    {
        ["gpt2"] = "GPT2Tokenizer",
        ["qwen2"] = "Qwen2Tokenizer",
        ["qwen3"] = "Qwen2Tokenizer",
    };

    private readonly HuggingFaceDirectory _directory;
    private readonly JsonElement? _settings;
    private readonly List<string> _notices = [];
    private JsonElement? _specialTokensMap;

    private HuggingFaceTokenizer(HuggingFaceDirectory directory, JsonElement? settings) => (_directory, _settings) = (directory, settings);

    /// <summary>The vocabulary, or null where there is none or none that is read.</summary>
    public Vocabulary? Vocabulary { get; private set; }

    /// <summary>Why there is no vocabulary although there is a tokenizer, or null.</summary>
    public string? Unread { get; private set; }

    /// <summary>What of the tokenizer a <see cref="Tokenizers.Vocabulary"/>, and a GGUF file, does not hold.</summary>
    public IReadOnlyList<string> Notices => _notices;

    /// <summary>Paths of the files that make up the tokenizer and the chat templates.</summary>
    public IReadOnlyList<string> Files { get; private set; } = [];

    /// <summary>Reads the tokenizer of a directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="settings">The content of its <c>tokenizer_config.json</c>, or null.</param>
    /// <param name="given">A tokenizer file that takes the place of the directory's own, or null.</param>
    /// <param name="config">The model's configuration; it names special ids where the tokenizer does not.</param>
    /// <exception cref="ModelFileException">A file is damaged. A tokenizer of a kind that is not read is no error: see <see cref="Unread"/>.</exception>
    public static HuggingFaceTokenizer Read(HuggingFaceDirectory directory, JsonElement? settings, string? given, ModelConfig config)
    {
        var tokenizer = new HuggingFaceTokenizer(directory, settings);
        var vocabulary = given is not null ? Checkpoint.ReadTokenizer(given, config.VocabSize) : tokenizer.ReadFiles(config.Architecture);
        if (vocabulary is not null) vocabulary = tokenizer.WithFlags(vocabulary);
        if (given is not null)
        {
            // The names of the directory's special tokens are those of its own tokenizer; the model's ids hold for any that fits it.
            tokenizer.Vocabulary = vocabulary!.EosIds.Length > 0 ? vocabulary : WithIds(vocabulary, config, null, null, null, null);
            return tokenizer;
        }
        if (vocabulary is not null) tokenizer.Vocabulary = tokenizer.WithSettings(vocabulary, config).Validate();
        tokenizer.Files = [.. FileNames.Select(directory.FindFile).OfType<string>(), .. ChatTemplates.Additional(directory)];
        return tokenizer;
    }

    /// <summary>Reads a <c>tokenizer.json</c> that is given apart.</summary>
    /// <exception cref="ModelFileException">See <see cref="TokenizerJson.Read"/>.</exception>
    public static Vocabulary ReadJson(string path) => TokenizerJson.Read(StrictJson.Read(path, TokenizerJson.MaxBytes, Codes), path).Vocabulary;

    /// <summary>Writes the tokenizer of a checkpoint into a directory; what cannot be written is told by <see cref="LeftBehind"/>.</summary>
    public static void Write(string directory, Checkpoint checkpoint)
    {
        if (checkpoint.TokenizerFiles.Count > 0)
        {
            foreach (var file in checkpoint.TokenizerFiles) Copy(checkpoint.Path, file, directory);
            return;
        }
        var (vocabulary, template, others) = (checkpoint.Vocabulary, checkpoint.ChatTemplate, checkpoint.OtherChatTemplates);
        if (!CanWrite(vocabulary, out _))
        {
            if (template is not null) AtomicFile.Write(Path.Combine(directory, "chat_template.jinja"), stream => stream.Write(Encoding.UTF8.GetBytes(template)));
            return;
        }
        if (FileOf(vocabulary!) is { } name)
            AtomicFile.Write(Path.Combine(directory, name), stream => stream.Write(name == "vocab.txt" ? VocabTxt.Write(vocabulary!, name) : SentencePieceModel.Write(vocabulary!, name)));
        else
            AtomicFile.Write(Path.Combine(directory, "tokenizer.json"), stream => TokenizerJsonWriter.Write(stream, vocabulary!));
        AtomicFile.Write(Path.Combine(directory, "tokenizer_config.json"), stream => HuggingFaceTokenizerFiles.WriteConfig(stream, vocabulary!, checkpoint.Config.MaxPositionEmbeddings, template, others));
        AtomicFile.Write(Path.Combine(directory, "special_tokens_map.json"), stream => HuggingFaceTokenizerFiles.WriteSpecialTokensMap(stream, vocabulary!));
    }

    /// <summary>Whether a directory can hold a vocabulary, and where it cannot, the reason; neither where there is none.</summary>
    public static bool CanWrite(Vocabulary? vocabulary, out string? reason)
    {
        reason = vocabulary is { Kind: TokenizerKind.WordLevel, Pipeline: null } ? "no tokenizer of transformers is SentencePiece's kind 'word'" : null;
        if (vocabulary is null || reason is not null) return false;
        return FileOf(vocabulary) is not null || TokenizerJsonWriter.CanWrite(vocabulary, out reason);
    }

    // The file that says all where it is no tokenizer.json, under the name that the class has for it.
    private static string? FileOf(Vocabulary vocabulary) => vocabulary switch
    {
        { Pipeline: not null } => null,
        { Kind: TokenizerKind.SentencePieceBpe } => "tokenizer.model",
        { Kind: TokenizerKind.Unigram } => "spiece.model",
        { Kind: TokenizerKind.WordPiece } => "vocab.txt",
        _ => null,
    };

    private Vocabulary? ReadFiles(string family)
    {
        var sentencePiece = _directory.TokenizerModel is { } model ? Try(() => TokenizerModel.Load(model, AddedTokens())) : null;
        // Where the library makes something else of a model than SentencePiece does, its own file says what.
        if (sentencePiece is not null && (sentencePiece.Kind is TokenizerKind.SentencePieceBpe or TokenizerKind.ByteLevelBpe || _directory.TokenizerJson is null)) return sentencePiece;
        if (_directory.TokenizerJson is { } json && Try(() => Json(json)) is { } vocabulary) return vocabulary;
        if (Unread is null && _directory.FindFile("vocab.json") is { } vocab && _directory.FindFile("merges.txt") is { } merges) return Try(() => VocabAndMerges(vocab, merges, family));
        if (Unread is null && _directory.FindFile("vocab.txt") is { } lines) return Try(() => AddedToken.AddTo(Words(lines), AddedTokens(), lines));
        if (Unread is null && _directory.FindFile("spiece.model") is { } pieces) return Try(() => Pieces(pieces));
        if (Unread is null && _directory.FindFile("qwen.tiktoken") is { } ranks) return Try(() => TokenizerModel.Load(ranks, AddedTokens()));
        return null;
    }

    /// <summary>Reads a <c>vocab.txt</c> that is given apart, with the settings of BERT in lower case.</summary>
    /// <exception cref="ModelFileException">See <see cref="VocabTxt.Read"/>.</exception>
    public static Vocabulary ReadVocabTxt(string path) => VocabTxt.Read(SmallFile.Read(path, VocabTxt.MaxBytes, "BT1049"), path);

    private Vocabulary Words(string path) => Class("BertTokenizer", "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer", "MPNetTokenizer") is { } other
        ? throw new ModelFileException("BT1045", path, "tokenizer_class", other, "without a tokenizer.json only BERT's vocab.txt is read")
        : VocabTxt.Read(SmallFile.Read(path, VocabTxt.MaxBytes, "BT1049"), path, Flag("do_lower_case") ?? true, Flag("strip_accents"), Flag("tokenize_chinese_chars") ?? true);

    private Vocabulary Pieces(string path) => Class("T5Tokenizer", "T5Tokenizer") is { } other
        ? throw new ModelFileException("BT1045", path, "tokenizer_class", other, "without a tokenizer.json only T5's spiece.model has the ids of its model")
        : AddedToken.AddTo(SentencePieceModel.Load(path), AddedTokens(), path);

    // The class that the directory names, where it is none of these.
    private string? Class(string standard, params ReadOnlySpan<string> known)
    {
        var name = Setting("tokenizer_class") is { ValueKind: JsonValueKind.String } text ? text.GetString()! : standard;
        return known.Contains(name.EndsWith("Fast", StringComparison.Ordinal) ? name[..^4] : name) ? null : ModelFileException.Printable(name);
    }

    // A kind that is not read stays behind, and the model can still be carried; a damaged file is refused.
    private Vocabulary? Try(Func<Vocabulary> read)
    {
        try
        {
            var vocabulary = read();
            Unread = null;
            return vocabulary;
        }
        catch (ModelFileException e) when (e.Code == "BT1045")
        {
            Unread = e.Message;
            return null;
        }
    }

    private Vocabulary Json(string path)
    {
        var read = TokenizerJson.Read(StrictJson.Read(path, TokenizerJson.MaxBytes, Codes), path);
        _notices.AddRange([.. read.Notices, .. AddedToken.NotHeld(read.Added)]);
        return read.Vocabulary;
    }

    private Vocabulary VocabAndMerges(string vocab, string merges, string family)
    {
        var named = Setting("tokenizer_class") is { ValueKind: JsonValueKind.String } name ? name.GetString()! : ClassOfFamily.GetValueOrDefault(family, "absent");
        if (!RuleOfClass.TryGetValue(named.EndsWith("Fast", StringComparison.Ordinal) ? named[..^4] : named, out var rule))
            throw new ModelFileException("BT1045", vocab, "tokenizer_class", named, $"without a tokenizer.json it must be one whose rule is known: {string.Join(", ", RuleOfClass.Keys)}");
        var pieces = TokenizerJson.Pieces(StrictJson.Read(vocab, TokenizerJson.MaxBytes, Codes), vocab);
        var table = new MergeTable(merges, TokenizerJson.Ids(pieces));
        var text = SmallFile.Read(merges, TokenizerJson.MaxBytes, "BT1037");
        if (!Utf8.IsValid(text)) throw new ModelFileException("BT1037", merges, "encoding", "not UTF-8", "must be lines of two pieces in UTF-8");
        foreach (var line in Encoding.UTF8.GetString(text).AsSpan().EnumerateLines())
            if (!line.IsEmpty && !line.StartsWith("#version")) table.Add(line);
        var bare = new Vocabulary
        {
            Source = vocab,
            Kind = TokenizerKind.ByteLevelBpe,
            Pieces = pieces,
            Scores = [],
            Types = TokenizerJson.Types(pieces),
            Merges = [.. table.Pairs],
            AddBos = false,
            AddSpacePrefix = false,
            PreTokenizer = rule,
        };
        return AddedToken.AddTo(bare, AddedTokens(), vocab);
    }

    // From the settings, where newer versions of transformers keep them, or from the files of older ones.
    private List<AddedToken> AddedTokens()
    {
        var tokens = new List<AddedToken>();
        if (Setting("added_tokens_decoder") is { ValueKind: JsonValueKind.Object } decoder)
        {
            foreach (var token in decoder.EnumerateObject())
                tokens.Add(AddedToken.Read(token.Value, _directory.TokenizerConfig!, int.TryParse(token.Name, out var id) ? id : throw new ModelFileException("BT1037", _directory.TokenizerConfig!, "key of added_tokens_decoder", token.Name, "must be an id")));
        }
        else if (_directory.TokenizerJson is { } json)
        {
            tokens = TokenizerJson.ReadAdded(StrictJson.Read(json, TokenizerJson.MaxBytes, Codes), json);
        }
        else if (_directory.FindFile("added_tokens.json") is { } file)
        {
            foreach (var token in StrictJson.Read(file, TokenizerJson.MaxBytes, Codes).EnumerateObject())
                tokens.Add(token.Value.ValueKind is JsonValueKind.Number && token.Value.TryGetInt32(out var id)
                    ? new AddedToken(id, token.Name, Special: false)
                    : throw new ModelFileException("BT1037", file, $"id of '{ModelFileException.Printable(token.Name)}'", token.Value.GetRawText(), "must be an id"));
        }
        _notices.AddRange(AddedToken.NotHeld(tokens));
        return tokens;
    }

    private Vocabulary WithFlags(Vocabulary vocabulary) => vocabulary with
    {
        AddBos = Flag("add_bos_token") ?? vocabulary.AddBos,
        AddEos = Flag("add_eos_token") ?? vocabulary.AddEos,
        // BPE has its own spaces: transformers leaves them since it says so in every file that it writes.
        CleansUpSpaces = vocabulary.Kind is TokenizerKind.WordPiece && Flag("clean_up_tokenization_spaces") == true,
    };

    private Vocabulary WithSettings(Vocabulary vocabulary, ModelConfig config)
    {
        var (bos, eos, unk, pad) = (Special(vocabulary, "bos_token"), Special(vocabulary, "eos_token"), Special(vocabulary, "unk_token"), Special(vocabulary, "pad_token"));
        return WithIds(vocabulary, config, bos, eos, unk, pad);
    }

    private static Vocabulary WithIds(Vocabulary vocabulary, ModelConfig config, int? bos, int? eos, int? unk, int? pad)
    {
        // The configuration's ids may be a family's defaults, which are other tokens here: what text can make is no special token.
        var text = TextOf(vocabulary, [.. new[] { config.BosTokenId, bos, eos, unk, pad }.OfType<int>(), .. config.EosTokenIds]);
        bool Fits(int id) => (uint)id < (uint)vocabulary.Count && !text.Contains(id);
        vocabulary = vocabulary with
        {
            BosId = bos ?? vocabulary.BosId ?? (config.BosTokenId is { } id && Fits(id) ? id : null),
            EosIds = [.. (eos is { } end ? [end] : vocabulary.EosIds).Concat(config.EosTokenIds.Where(Fits)).Distinct()],
            UnkId = unk ?? vocabulary.UnkId,
            PadId = pad ?? vocabulary.PadId,
        };
        // SentencePiece has special tokens in types; a vocab.json has texts only.
        if (vocabulary.Kind is TokenizerKind.SentencePieceBpe) return vocabulary;
        var types = vocabulary.Types.ToArray();
        foreach (var special in new[] { vocabulary.BosId, vocabulary.UnkId, vocabulary.PadId }.OfType<int>().Concat(vocabulary.EosIds))
            if (types[special] is TokenType.Normal && !text.Contains(special)) types[special] = TokenType.Control;
        return vocabulary with { Types = types };
    }

    // Which of these ids text can make: in byte-level BPE, single bytes and what merges make of them.
    private static HashSet<int> TextOf(Vocabulary vocabulary, IEnumerable<int> ids)
    {
        var (pieces, found) = (vocabulary.Pieces, new HashSet<int>());
        if (vocabulary.Kind is not TokenizerKind.ByteLevelBpe) return found;
        var asked = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)pieces.Length || vocabulary.Types[id] is not TokenType.Normal) continue;
            if (pieces[id].Length == 1) found.Add(id);
            else asked[pieces[id]] = id;
        }
        var lengths = asked.Keys.Select(piece => piece.Length).ToHashSet();
        foreach (var merge in vocabulary.Merges)
        {
            if (lengths.Contains(pieces[merge.Left].Length + pieces[merge.Right].Length) && asked.TryGetValue(pieces[merge.Left] + pieces[merge.Right], out var id)) found.Add(id);
        }
        return found;
    }

    // A text, or an object with one; from the settings, or from the file of older versions of transformers.
    private int? Special(Vocabulary vocabulary, string name)
    {
        var value = Setting(name);
        if (value.ValueKind is JsonValueKind.Undefined && _directory.SpecialTokensMap is { } map)
        {
            _specialTokensMap ??= StrictJson.Read(map, HuggingFaceDirectory.MaxConfigBytes, Codes);
            value = _specialTokensMap.Value.TryGetProperty(name, out var field) ? field : default;
        }
        if (value.ValueKind is JsonValueKind.Object && value.TryGetProperty("content", out var content)) value = content;
        if (value.ValueKind is not JsonValueKind.String || value.GetString() is not { Length: > 0 } text) return null;
        if (Array.IndexOf(vocabulary.Pieces, text) is >= 0 and var id) return id;
        _notices.Add($"{name} '{ModelFileException.Printable(text)}' is no piece of the vocabulary and is left behind");
        return null;
    }

    private JsonElement Setting(string name) => _settings is { } settings && settings.TryGetProperty(name, out var value) ? value : default;

    private bool? Flag(string name) => Setting(name) is { ValueKind: JsonValueKind.True or JsonValueKind.False } value ? value.GetBoolean() : null;

    // Below the directory they were found in; the name alone decides where in the new one.
    private static void Copy(string from, string file, string directory)
    {
        var target = Path.Combine(directory, Path.GetRelativePath(from, file));
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var content = SmallFile.Read(file, TokenizerJson.MaxBytes, "BT1037");
        AtomicFile.Write(target, stream => stream.Write(content));
    }
}
