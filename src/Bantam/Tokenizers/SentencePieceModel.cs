using System.Text;
using System.Text.Unicode;

namespace Bantam.Tokenizers;

/// <summary>
/// Reads and writes <c>tokenizer.model</c>: a SentencePiece <c>ModelProto</c> (google/sentencepiece,
/// src/sentencepiece_model.proto): BPE as in Llama 2, Mistral and Gemma, Unigram as in T5, words, and characters.
/// </summary>
public static class SentencePieceModel
{
    /// <summary>The largest file that is read; the largest published one is about 4 MB.</summary>
    public const long MaxBytes = 64L << 20;

    /// <summary>Reads the file at <paramref name="path"/>.</summary>
    /// <exception cref="ModelFileException">BT1049 the file is larger than <see cref="MaxBytes"/>; further see <see cref="Read"/>.</exception>
    public static Vocabulary Load(string path) => Read(Content(path), path);

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="ModelFileException">BT1049: it is larger than <see cref="MaxBytes"/>.</exception>
    internal static byte[] Content(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (stream.Length > MaxBytes) throw new ModelFileException("BT1049", path, "file size", $"{stream.Length}", $"must be at most {MaxBytes}");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }

    /// <summary>Reads the content of a <c>tokenizer.model</c>. The format has no add-BOS setting: it comes out true, as Llama's tokenizers have it.</summary>
    /// <param name="content">The bytes of the file.</param>
    /// <param name="file">The file, for error messages.</param>
    /// <exception cref="ModelFileException">
    /// BT1045 another kind of tokenizer or a setting that is not supported, by name; BT1047 malformed protocol buffers;
    /// BT1048 a piece that is not UTF-8; further see <see cref="Vocabulary.Validate"/>.
    /// </exception>
    public static Vocabulary Read(ReadOnlySpan<byte> content, string file)
    {
        if (RankList.IsOne(content)) return RankList.Read(content, file);
        var pieces = new List<string>();
        var scores = new List<float>();
        var types = new List<TokenType>();
        var trainer = new SentencePieceTrainerSpec();
        var normalizer = new SentencePieceNormalizerSpec();
        var model = new ProtobufReader(content, file, "ModelProto");
        while (model.Next())
        {
            switch (model.Field)
            {
                case 1:
                    if (pieces.Count == Vocabulary.MaxPieces) Vocabulary.CheckCount(file, pieces.Count + 1);
                    var (text, score, type) = ReadPiece(model.Bytes(), file, pieces.Count);
                    pieces.Add(text);
                    scores.Add(score);
                    types.Add(type);
                    break;
                case 2: trainer = SentencePieceTrainerSpec.Read(model.Bytes(), file); break;
                case 3: normalizer = SentencePieceNormalizerSpec.Read(model.Bytes(), file, "normalizer_spec"); break;
                case 5:
                    if (SentencePieceNormalizerSpec.Read(model.Bytes(), file, "denormalizer_spec").CharsMap.Length > 0)
                        throw Unsupported(file, "denormalizer_spec", "a precompiled_charsmap", "decoded text must stay as it is");
                    break;
                default: model.Skip(); break;
            }
        }
        var kind = trainer.Kind(file, pieces, types);
        var count = pieces.Count;
        Vocabulary.CheckCount(file, count);
        int? Special(string name, int id, TokenType wanted) =>
            id < 0 || Vocabulary.SpecialId(file, name, id, count) is not { } known || types[known] != wanted ? null : known;

        // The unknown piece is known by its type; the trainer's number for it is only held against the limit.
        Special("unknown", trainer.UnkId, TokenType.Unknown);
        var unknown = types.IndexOf(TokenType.Unknown);
        return new Vocabulary
        {
            Source = file,
            Kind = kind,
            Pieces = [.. pieces],
            Scores = kind is TokenizerKind.WordLevel ? [] : [.. scores],
            Types = [.. types],
            UnkId = unknown < 0 ? null : unknown,
            BosId = Special("bos", trainer.BosId, TokenType.Control),
            EosIds = Special("eos", trainer.EosId, TokenType.Control) is { } eos ? [eos] : [],
            PadId = Special("padding", trainer.PadId, TokenType.Control),
            // T5 and its like end with EOS and have no BOS; Llama and its like begin with one.
            AddBos = kind is TokenizerKind.SentencePieceBpe,
            AddEos = kind is TokenizerKind.Unigram,
            AddSpacePrefix = normalizer.AddDummyPrefix,
            RemoveExtraWhitespaces = normalizer.RemoveExtraWhitespaces,
            EscapeWhitespaces = normalizer.EscapeWhitespaces,
            CharsMap = normalizer.CharsMap,
        }.Validate();
    }

    /// <summary>The bytes of a <c>tokenizer.model</c> that Google's SentencePiece loads.</summary>
    /// <param name="vocabulary">What to write.</param>
    /// <param name="file">The file that will be written, for error messages.</param>
    /// <exception cref="ModelFileException">BT1039: SentencePiece would refuse it (empty or repeated pieces, no unknown piece, an incomplete set of bytes).</exception>
    public static byte[] Write(Vocabulary vocabulary, string file)
    {
        vocabulary = vocabulary.Validate().Unpad();
        RequireWritable(vocabulary, file);
        var model = new ProtobufWriter();
        var part = new ProtobufWriter();
        for (var id = 0; id < vocabulary.Count; id++)
        {
            part.Clear();
            part.String(1, vocabulary.Pieces[id]);
            part.Float(2, vocabulary.Scores.Length == 0 ? 0 : vocabulary.Scores[id]);
            if (vocabulary.Types[id] is not TokenType.Normal) part.Int32(3, (int)vocabulary.Types[id]);
            model.Message(1, part);
        }
        model.Message(2, SentencePieceTrainerSpec.Write(vocabulary));
        model.Message(3, SentencePieceNormalizerSpec.Write(vocabulary));
        return model.Written.ToArray();
    }

    private static (string Text, float Score, TokenType Type) ReadPiece(ReadOnlySpan<byte> message, string file, int id)
    {
        var (text, score, type) = ("", 0f, TokenType.Normal);
        var piece = new ProtobufReader(message, file, "SentencePiece");
        while (piece.Next())
        {
            switch (piece.Field)
            {
                case 1:
                    var bytes = piece.Bytes();
                    // Length first: the bound on UTF-16 units is checked later, this keeps the string small.
                    if (bytes.Length > 3 * Vocabulary.MaxPieceLength)
                        throw new ModelFileException("BT1048", file, $"length of piece {id}", $"{bytes.Length}", $"must be at most {Vocabulary.MaxPieceLength}");
                    if (!Utf8.IsValid(bytes)) throw new ModelFileException("BT1048", file, $"piece {id}", Convert.ToHexString(bytes), "must be UTF-8");
                    text = Encoding.UTF8.GetString(bytes);
                    break;
                case 2: score = piece.Float(); break;
                case 3: type = (TokenType)piece.Int32(); break;
                default: piece.Skip(); break;
            }
        }
        return (text, score, type);
    }

    /// <summary>Whether a vocabulary is of a kind that the format knows.</summary>
    public static bool CanWrite(Vocabulary vocabulary) =>
        vocabulary.Pipeline is null && vocabulary.Kind is TokenizerKind.SentencePieceBpe or TokenizerKind.Unigram or TokenizerKind.WordLevel;

    private static void RequireWritable(Vocabulary vocabulary, string file)
    {
        ModelFileException Refuse(string field, string value, string limit) => new("BT1039", file, field, value, $"{limit} in a tokenizer.model");
        if (!CanWrite(vocabulary)) throw Refuse("kind of tokenizer", $"{vocabulary.Kind}", "must be SentencePiece");
        if (vocabulary.Types.Count(type => type is TokenType.Unknown) is not 1 and var unknowns)
            throw Refuse("number of unknown pieces", $"{unknowns}", "must be 1");
        if (vocabulary.Types.Contains(TokenType.Byte) && !vocabulary.HasByteFallback)
            throw Refuse("set of byte tokens", "incomplete", "must hold all 256 or none");
        var seen = new HashSet<string>(vocabulary.Count, StringComparer.Ordinal);
        for (var id = 0; id < vocabulary.Count; id++)
        {
            var text = vocabulary.Pieces[id];
            if (text.Length == 0) throw Refuse($"piece {id}", "empty", "must have a text");
            if (!seen.Add(text)) throw Refuse($"piece {id}", $"'{text}' again", "must be there once");
        }
    }

    /// <summary>The refusal, by name, of a setting or kind that is not read.</summary>
    internal static ModelFileException Unsupported(string file, string field, string value, string limit) => new("BT1045", file, field, value, limit);
}
