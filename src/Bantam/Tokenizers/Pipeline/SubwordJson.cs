using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary>A <c>tokenizer.json</c> whose model has steps around it: BPE over characters, Unigram, WordPiece, WordLevel.</summary>
internal static class SubwordJson
{
    /// <summary>The kind of a model. Old files do not name it: what it has tells, in the order in which the library tries.</summary>
    public static string TypeOf(JsonElement model) => model.Text("type") ??
        (model.Field("merges").ValueKind is JsonValueKind.Array ? "BPE"
        : model.Field("vocab").ValueKind is JsonValueKind.Array ? "Unigram"
        : model.Number("max_input_chars_per_word") is not null ? "WordPiece"
        : model.Field("vocab").ValueKind is JsonValueKind.Object ? "WordLevel"
        : "unknown");

    /// <summary>The vocabulary before added tokens.</summary>
    /// <exception cref="ModelFileException">See <see cref="TokenizerJson.Read"/>.</exception>
    public static Vocabulary Read(JsonElement root, string file, IReadOnlyList<AddedToken> added)
    {
        var model = root.Field("model");
        var bare = TypeOf(model) switch
        {
            "BPE" => Bpe(model, file),
            "Unigram" => Unigram(model, file),
            "WordPiece" => Words(model, file, TokenizerKind.WordPiece),
            "WordLevel" => Words(model, file, TokenizerKind.WordLevel),
            var other => throw new ModelFileException("BT1045", file, "model type", ModelFileException.Printable(other), "only BPE, Unigram, WordPiece and WordLevel are read"),
        };
        var types = bare.Types;
        if (bare.Subword.ByteFallback)
        {
            for (var id = 0; id < types.Length; id++)
                if (Vocabulary.ByteOf(bare.Pieces[id]) is not null) types[id] = TokenType.Byte;
        }
        if (bare.UnkId is { } unknown) types[unknown] = TokenType.Unknown;
        return bare with
        {
            AddBos = false,
            AddSpacePrefix = false,
            Pipeline = StepReaders.Read(root, file),
            Subword = bare.Subword with { Outside = added.Select(token => token.Id).Where(id => (uint)id >= (uint)bare.Count || bare.IsPadding(id)).ToHashSet() },
        };
    }

    private static Vocabulary Bpe(JsonElement model, string file)
    {
        var pieces = TokenizerJson.Pieces(model.Field("vocab"), file);
        var prefix = model.Text("continuing_subword_prefix") ?? "";
        return new Vocabulary
        {
            Source = file,
            Kind = TokenizerKind.CharacterBpe,
            Pieces = pieces,
            Scores = [],
            Types = TokenizerJson.Types(pieces),
            Merges = [.. TokenizerJson.Merges(model, file, pieces, prefix).Pairs],
            UnkId = Unknown(model, pieces, null),
            Subword = new SubwordSettings
            {
                ContinuingSubwordPrefix = prefix,
                EndOfWordSuffix = model.Text("end_of_word_suffix") ?? "",
                FuseUnk = model.Flag("fuse_unk") ?? false,
                ByteFallback = model.Flag("byte_fallback") ?? false,
                IgnoreMerges = model.Flag("ignore_merges") ?? false,
            },
        };
    }

    private static Vocabulary Unigram(JsonElement model, string file)
    {
        ModelFileException Refuse(string field, string value, string limit) => new("BT1037", file, field, value, limit);
        var entries = model.Field("vocab");
        if (entries.ValueKind is not JsonValueKind.Array) throw Refuse("vocab", entries.ValueKind.ToString(), "must be an array of pieces with their scores");
        var count = entries.GetArrayLength();
        Vocabulary.CheckCount(file, count);
        var (pieces, exact) = (new string[count], new double[count]);
        var id = 0;
        foreach (var entry in entries.EnumerateArray())
        {
            if (entry.ValueKind is not JsonValueKind.Array || entry.GetArrayLength() != 2 || entry[0].ValueKind is not JsonValueKind.String)
                throw Refuse($"piece {id}", entry.GetRawText(), "must be a text and a score");
            if (entry[1].ValueKind is not JsonValueKind.Number || !entry[1].TryGetDouble(out exact[id]) || !float.IsFinite((float)exact[id]))
                throw new ModelFileException("BT1041", file, $"score of piece {id}", entry[1].GetRawText(), "must be a finite number");
            pieces[id++] = entry[0].GetString()!;
        }
        return new Vocabulary
        {
            Source = file,
            Kind = TokenizerKind.Unigram,
            Pieces = pieces,
            Scores = Array.ConvertAll(exact, score => (float)score),
            Types = TokenizerJson.Types(pieces),
            UnkId = Vocabulary.SpecialId(file, "unknown", model.Number("unk_id"), count),
            // The library fuses unknown characters whatever the file says.
            Subword = new SubwordSettings { FuseUnk = true, ByteFallback = model.Flag("byte_fallback") ?? false, ExactScores = exact },
        };
    }

    private static Vocabulary Words(JsonElement model, string file, TokenizerKind kind)
    {
        var pieces = TokenizerJson.Pieces(model.Field("vocab"), file);
        var longest = model.Number("max_input_chars_per_word") ?? 100;
        if (longest < 0) throw new ModelFileException("BT1081", file, "max_input_chars_per_word", $"{longest}", "must be 0 or more");
        return new Vocabulary
        {
            Source = file,
            Kind = kind,
            Pieces = pieces,
            Scores = [],
            Types = TokenizerJson.Types(pieces),
            UnkId = Unknown(model, pieces, kind is TokenizerKind.WordPiece ? "[UNK]" : "<unk>"),
            Subword = kind is TokenizerKind.WordPiece
                ? new SubwordSettings { ContinuingSubwordPrefix = model.Text("continuing_subword_prefix") ?? "##", MaxInputCharsPerWord = longest }
                : new SubwordSettings(),
        };
    }

    private static int? Unknown(JsonElement model, string[] pieces, string? standard) =>
        (model.Text("unk_token") ?? standard) is { } text && Array.IndexOf(pieces, text) is >= 0 and var id ? id : null;
}
