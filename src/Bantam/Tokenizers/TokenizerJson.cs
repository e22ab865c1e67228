using System.Text.Json;
using Bantam.Tokenizers.Pipeline;

namespace Bantam.Tokenizers;

/// <summary>
/// What a <c>tokenizer.json</c> of the Hugging Face tokenizers library says (github.com/huggingface/tokenizers), as the
/// kind of tokenizer that does what it says. Special ids are not in it: <c>tokenizer_config.json</c> names those tokens.
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
    /// BT1037 a field of another kind, an id or a text twice; BT1043 merges of what is no piece; BT1045 a step or a model that is not
    /// read, by name; BT1081 settings that make no sense; further see <see cref="Tokenizers.Vocabulary.Validate"/>.
    /// </exception>
    public static TokenizerJson Read(JsonElement root, string file)
    {
        var added = ReadAdded(root, file);
        var notices = new List<string>();
        var bare = SubwordJson.TypeOf(root.Field("model")) is "BPE" ? Bpe(root, file, added, notices) : SubwordJson.Read(root, file, added);
        var vocabulary = AddedToken.AddTo(bare, added, file);
        vocabulary = PostProcessorJson.Apply(root, file, vocabulary, notices) with
        {
            Truncation = LengthSettings.Truncation(root, file),
            Padding = LengthSettings.Padding(root, file, vocabulary.Count),
        };
        return new TokenizerJson(vocabulary.Validate(), added, notices);
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
        new("BT1045", file, field, value, "SentencePiece does something else");

    // Byte-level BPE and SentencePiece's, where the file says just what those do; else steps around merges over characters.
    private static Vocabulary Bpe(JsonElement root, string file, List<AddedToken> added, List<string> notices)
    {
        var model = root.Field("model");
        if (model.Field("dropout") is { ValueKind: JsonValueKind.Number } dropout) notices.Add($"dropout {dropout.GetRawText()} is for training and is left out");
        var isPlain = model.Text("continuing_subword_prefix") is null or "" && model.Text("end_of_word_suffix") is null or "";
        if (isPlain && ByteLevelJson.Read(root, file, notices) is { } byteLevel) return byteLevel;
        if (isPlain && model.Flag("byte_fallback") == true)
        {
            try
            {
                var pieces = Pieces(model.Field("vocab"), file);
                return SentencePieceJson.Read(root, file, pieces, Merges(model, file, pieces), added, notices);
            }
            catch (ModelFileException e) when (e.Code == "BT1045")
            {
                // It does something else than SentencePiece does, which the steps below do too.
            }
        }
        return SubwordJson.Read(root, file, added);
    }

    /// <summary>The merges of a model.</summary>
    /// <exception cref="ModelFileException">BT1043: merges of what is no piece, or in no known spelling.</exception>
    public static MergeTable Merges(JsonElement model, string file, string[] pieces, string prefix = "")
    {
        var table = new MergeTable(file, Ids(pieces), prefix);
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
