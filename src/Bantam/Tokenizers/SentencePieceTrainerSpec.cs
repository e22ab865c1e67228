namespace Bantam.Tokenizers;

/// <summary>What matters here of <c>TrainerSpec</c>; the initial values are the proto's defaults.</summary>
internal sealed class SentencePieceTrainerSpec
{
    private const int UnigramType = 1, BpeType = 2, WordType = 3, CharType = 4;
    private int _modelType = 1;
    private bool _spaceAsSuffix;

    public int UnkId { get; private set; }
    public int BosId { get; private set; } = 1;
    public int EosId { get; private set; } = 2;
    public int PadId { get; private set; } = -1;

    public static SentencePieceTrainerSpec Read(ReadOnlySpan<byte> message, string file)
    {
        var spec = new SentencePieceTrainerSpec();
        var reader = new ProtobufReader(message, file, "trainer_spec");
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 3: spec._modelType = reader.Int32(); break;
                case 24: spec._spaceAsSuffix = reader.Bool(); break;
                case 40: spec.UnkId = reader.Int32(); break;
                case 41: spec.BosId = reader.Int32(); break;
                case 42: spec.EosId = reader.Int32(); break;
                case 43: spec.PadId = reader.Int32(); break;
                default: reader.Skip(); break;
            }
        }
        return spec;
    }

    /// <summary>The kind of the tokenizer. A model of characters is BPE in which nothing merges.</summary>
    /// <exception cref="ModelFileException">BT1045: a kind or a setting that is not read.</exception>
    public TokenizerKind Kind(string file, List<string> pieces, List<TokenType> types)
    {
        if (_spaceAsSuffix) throw SentencePieceModel.Unsupported(file, "treat_whitespace_as_suffix", "true", "spaces must stand in front of words");
        switch (_modelType)
        {
            case UnigramType: return TokenizerKind.Unigram;
            case BpeType: return TokenizerKind.SentencePieceBpe;
            case WordType: return TokenizerKind.WordLevel;
            case CharType:
                for (var id = 0; id < pieces.Count; id++)
                {
                    if (types[id] is TokenType.Normal && pieces[id].Length > (pieces[id] is [var first, ..] && char.IsHighSurrogate(first) ? 2 : 1))
                        throw SentencePieceModel.Unsupported(file, $"piece {id}", $"'{pieces[id]}'", "a model of characters has pieces of one character");
                }
                return TokenizerKind.SentencePieceBpe;
            default:
                throw SentencePieceModel.Unsupported(file, "model_type", $"{_modelType}", "must be 1 to 4 (Unigram, BPE, word, char)");
        }
    }

    public static ProtobufWriter Write(Vocabulary vocabulary)
    {
        var spec = new ProtobufWriter();
        spec.Int32(3, vocabulary.Kind switch { TokenizerKind.Unigram => UnigramType, TokenizerKind.WordLevel => WordType, _ => BpeType });
        spec.Int32(4, vocabulary.Count);
        spec.Bool(35, vocabulary.HasByteFallback);
        // SentencePiece finds special pieces by name, its trainer by number: both are written.
        (int Id, int Name, int? Value)[] specials =
            [(40, 45, Array.IndexOf(vocabulary.Types, TokenType.Unknown)), (41, 46, vocabulary.BosId), (42, 47, Eos(vocabulary)), (43, 48, vocabulary.PadId)];
        foreach (var (id, _, value) in specials) spec.Int32(id, value ?? -1);
        foreach (var (_, name, value) in specials)
            if (value is { } known) spec.String(name, vocabulary.Pieces[known]);
        return spec;
    }

    private static int? Eos(Vocabulary vocabulary) => vocabulary.EosIds is [var first, ..] ? first : null;
}
