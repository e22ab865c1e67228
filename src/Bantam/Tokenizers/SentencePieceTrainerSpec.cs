namespace Bantam.Tokenizers;

/// <summary>What matters here of <c>TrainerSpec</c>; the initial values are the proto's defaults.</summary>
internal sealed class SentencePieceTrainerSpec
{
    private const int Bpe = 2;
    private static readonly string[] Kinds = ["unknown", "Unigram", "BPE", "Word", "Char"];
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

    public void RequireBpe(string file)
    {
        if (_modelType != Bpe)
            throw SentencePieceModel.Unsupported(file, "model_type", $"{_modelType} ({Kinds[_modelType is > 0 and < 5 ? _modelType : 0]})");
        if (_spaceAsSuffix) throw SentencePieceModel.Unsupported(file, "treat_whitespace_as_suffix", "true");
    }

    public static ProtobufWriter Write(Vocabulary vocabulary)
    {
        var spec = new ProtobufWriter();
        spec.Int32(3, Bpe);
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
