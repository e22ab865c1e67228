using System.Text.Json;

namespace Bantam.Tokenizers;

/// <summary>
/// What a <c>tokenizer.json</c> of the Hugging Face tokenizers library says (github.com/huggingface/tokenizers), where it
/// is byte-level BPE or SentencePiece's BPE. Special ids are not in it: <c>tokenizer_config.json</c> names those tokens.
/// </summary>
/// <param name="Vocabulary">Pieces, types, and merges or scores; without special ids but for what the post-processor names.</param>
/// <param name="Added">The added tokens, whose flags a <see cref="Vocabulary"/> does not hold.</param>
/// <param name="Notices">What else a <see cref="Vocabulary"/> does not hold, in words.</param>
internal sealed record TokenizerJson(Vocabulary Vocabulary, IReadOnlyList<AddedToken> Added, IReadOnlyList<string> Notices)
{
    /// <summary>The largest file that is read, in bytes; the largest published ones have some thirty million.</summary>
    public const long MaxBytes = 128L << 20;

    // So many ids below the largest may have no piece.
    private const int MostHoles = 1 << 16;

    /// <summary>Reads the object of a file.</summary>
    /// <param name="root">The object; keys are unique.</param>
    /// <param name="file">The file, for error messages.</param>
    /// <exception cref="ModelFileException">
    /// BT1037 a field of another kind, an id or a text twice; BT1043 merges of what is no piece; BT1045 another kind of tokenizer, by
    /// name; further see <see cref="Tokenizers.Vocabulary.Validate"/>.
    /// </exception>
    public static TokenizerJson Read(JsonElement root, string file)
    {
        var model = root.Field("model");
        // Old files do not name the kind: only BPE had merges then.
        var type = model.Text("type") ?? (model.Field("merges").ValueKind is JsonValueKind.Array ? "BPE" : "unknown");
        if (type != "BPE") throw Unsupported(file, "model type", type);
        foreach (var name in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
            if (model.Text(name) is { Length: > 0 } mark) throw Unsupported(file, name, $"'{mark}'");

        var pieces = Pieces(model.Field("vocab"), file);
        var added = ReadAdded(root, file);
        var byteLevel = PreTokenizerJson.HasByteLevel(root.Field("pre_tokenizer"));
        if (!byteLevel && model.Flag("byte_fallback") != true) throw Unsupported(file, "model", "BPE over characters, without bytes");
        var notices = new List<string>();
        var bare = byteLevel
            ? ByteLevel(root, file, pieces, notices)
            : SentencePieceJson.Read(root, file, pieces, Merges(model, file, pieces), added, notices);
        var vocabulary = AddedToken.AddTo(bare, added, file);
        return new TokenizerJson(PostProcessorJson.Apply(root.Field("post_processor"), vocabulary, notices).Validate(), added, notices);
    }

    /// <summary>The added tokens alone.</summary>
    /// <exception cref="ModelFileException">BT1037: one has no id or no text; BT1040: there are too many.</exception>
    public static List<AddedToken> ReadAdded(JsonElement root, string file)
    {
        var field = root.Field("added_tokens");
        if (field.ValueKind is JsonValueKind.Array && field.GetArrayLength() is > 0 and var count) Vocabulary.CheckCount(file, count);
        return [.. root.Items("added_tokens").Select(token => AddedToken.Read(token, file))];
    }

    /// <summary>The texts of a JSON object from text to id, by id; ids without a text are padding.</summary>
    /// <exception cref="ModelFileException">BT1037 no object, an id that is no number, an id twice, too many ids without a text; BT1040 too many.</exception>
    public static string[] Pieces(JsonElement vocab, string file)
    {
        ModelFileException Refuse(string field, string value, string limit) => new("BT1037", file, field, value, limit);
        if (vocab.ValueKind is not JsonValueKind.Object) throw Refuse("vocab", vocab.ValueKind.ToString(), "must be an object from text to id");
        var (count, last) = (0, -1);
        foreach (var entry in vocab.EnumerateObject())
        {
            count++;
            if (entry.Value.ValueKind is not JsonValueKind.Number || !entry.Value.TryGetInt32(out var id) || id is < 0 or >= Vocabulary.MaxPieces)
                throw Refuse($"id of piece '{ModelFileException.Printable(entry.Name)}'", entry.Value.GetRawText(), $"must be 0 to {Vocabulary.MaxPieces - 1}");
            last = Math.Max(last, id);
        }
        Vocabulary.CheckCount(file, count);
        if (last + 1 - count > MostHoles) throw Refuse("largest id", $"{last}", $"must not leave more than {MostHoles} ids without one of the {count} pieces");
        var pieces = new string?[last + 1];
        foreach (var entry in vocab.EnumerateObject())
        {
            ref var piece = ref pieces[entry.Value.GetInt32()];
            if (piece is not null) throw Refuse($"id {entry.Value.GetInt32()}", $"'{piece}' and '{entry.Name}'", "an id has one text");
            piece = entry.Name;
        }
        return [.. pieces.Select((piece, id) => piece ?? VocabularyPadding.Name(id))];
    }

    /// <summary>The type of each piece as it is before added tokens: text, or padding where there is none.</summary>
    public static TokenType[] Types(string[] pieces) =>
        [.. pieces.Select((piece, id) => piece.StartsWith("[PAD", StringComparison.Ordinal) && piece == VocabularyPadding.Name(id) ? TokenType.Unused : TokenType.Normal)];

    /// <summary>The id of each text.</summary>
    public static Dictionary<string, int> Ids(string[] pieces)
    {
        var ids = new Dictionary<string, int>(pieces.Length, StringComparer.Ordinal);
        for (var id = 0; id < pieces.Length; id++) ids[pieces[id]] = id;
        return ids;
    }

    /// <summary>The refusal, by name, of a kind or a setting that is not read.</summary>
    public static ModelFileException Unsupported(string file, string field, string value) =>
        new("BT1045", file, field, value, "only byte-level BPE and SentencePiece BPE are read");

    private static Vocabulary ByteLevel(JsonElement root, string file, string[] pieces, List<string> notices)
    {
        var ignoreMerges = root.Field("model").Flag("ignore_merges") ?? false;
        var splits = root.Field("pre_tokenizer");
        var rule = PreTokenizerJson.Read(splits) is { } steps ? PreTokenizers.Find(steps, ignoreMerges) : null;
        if (rule is null)
            throw new ModelFileException("BT1045", file, "pre_tokenizer", splits.GetRawText(), $"no rule that is known by a name: {string.Join(", ", PreTokenizers.Names)}");
        var nfc = IsNfc(root.Field("normalizer"), file);
        if (nfc && !rule.Nfc) notices.Add($"the tokenizer normalises text to NFC, the rule {rule.Name} does not");
        if (!nfc && rule.Nfc) notices.Add($"the tokenizer does not normalise text, the rule {rule.Name} normalises to NFC");
        if (ignoreMerges != rule.IgnoreMerges) notices.Add($"ignore_merges is {(ignoreMerges ? "true" : "false")}, in the rule {rule.Name} it is not");
        return new Vocabulary
        {
            Source = file,
            Kind = TokenizerKind.ByteLevelBpe,
            Pieces = pieces,
            Scores = [],
            Types = Types(pieces),
            Merges = [.. Merges(root.Field("model"), file, pieces).Pairs],
            AddBos = false,
            AddSpacePrefix = false,
            PreTokenizer = rule.Name,
        };
    }

    private static bool IsNfc(JsonElement normalizer, string file) => normalizer.Text("type") switch
    {
        null => false,
        "NFC" => true,
        "Sequence" when normalizer.Items("normalizers").ToList() is var parts && parts.Count < 2 => parts.Count == 1 && IsNfc(parts[0], file),
        var other => throw Unsupported(file, "normalizer", other),
    };

    private static MergeTable Merges(JsonElement model, string file, string[] pieces)
    {
        var table = new MergeTable(file, Ids(pieces));
        foreach (var merge in model.Items("merges"))
        {
            switch (merge.ValueKind)
            {
                case JsonValueKind.String:
                    table.Add(merge.GetString());
                    break;
                case JsonValueKind.Array when merge.GetArrayLength() == 2 && merge[0].ValueKind is JsonValueKind.String && merge[1].ValueKind is JsonValueKind.String:
                    table.Add(merge[0].GetString(), merge[1].GetString());
                    break;
                default:
                    throw new ModelFileException("BT1043", file, "a merge", merge.GetRawText(), "must be \"a b\" or [\"a\", \"b\"]");
            }
        }
        return table;
    }
}
