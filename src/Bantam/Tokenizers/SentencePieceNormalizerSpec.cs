namespace Bantam.Tokenizers;

/// <summary>What matters here of <c>NormalizerSpec</c>; the initial values are the proto's defaults.</summary>
internal sealed class SentencePieceNormalizerSpec
{
    public bool AddDummyPrefix { get; private set; } = true;
    public bool RemoveExtraWhitespaces { get; private set; } = true;
    public bool EscapeWhitespaces { get; private set; } = true;
    public byte[] CharsMap { get; private set; } = [];

    public static SentencePieceNormalizerSpec Read(ReadOnlySpan<byte> message, string file, string name)
    {
        var spec = new SentencePieceNormalizerSpec();
        var reader = new ProtobufReader(message, file, name);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2: spec.CharsMap = reader.Bytes().ToArray(); break;
                case 3: spec.AddDummyPrefix = reader.Bool(); break;
                case 4: spec.RemoveExtraWhitespaces = reader.Bool(); break;
                case 5: spec.EscapeWhitespaces = reader.Bool(); break;
                default: reader.Skip(); break;
            }
        }
        return spec;
    }

    public static ProtobufWriter Write(Vocabulary vocabulary)
    {
        var spec = new ProtobufWriter();
        // What counts is the map; the name is for people.
        spec.String(1, vocabulary.CharsMap.Length == 0 ? "identity" : "precompiled");
        spec.Bytes(2, vocabulary.CharsMap);
        spec.Bool(3, vocabulary.AddSpacePrefix);
        spec.Bool(4, vocabulary.RemoveExtraWhitespaces);
        spec.Bool(5, vocabulary.EscapeWhitespaces);
        return spec;
    }
}
