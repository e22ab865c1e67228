using System.Text;

namespace Bantam.Tokenizers;

/// <summary>What matters here of <c>NormalizerSpec</c>; the initial values are the proto's defaults.</summary>
internal sealed class SentencePieceNormalizerSpec
{
    public bool AddDummyPrefix { get; private set; } = true;
    public bool RemoveExtraWhitespaces { get; private set; } = true;

    public static SentencePieceNormalizerSpec Read(ReadOnlySpan<byte> message, string file, string name)
    {
        var spec = new SentencePieceNormalizerSpec();
        var (rule, mapped, escape) = ("unnamed", false, true);
        var reader = new ProtobufReader(message, file, name);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: rule = Encoding.UTF8.GetString(reader.Bytes()); break;
                case 2: mapped = !reader.Bytes().IsEmpty; break;
                case 3: spec.AddDummyPrefix = reader.Bool(); break;
                case 4: spec.RemoveExtraWhitespaces = reader.Bool(); break;
                case 5: escape = reader.Bool(); break;
                default: reader.Skip(); break;
            }
        }
        if (mapped) throw SentencePieceModel.Unsupported(file, $"{name} rule", rule);
        if (!escape) throw SentencePieceModel.Unsupported(file, "escape_whitespaces", "false");
        return spec;
    }

    public static ProtobufWriter Write(Vocabulary vocabulary)
    {
        var spec = new ProtobufWriter();
        spec.String(1, "identity");
        spec.String(2, "");
        spec.Bool(3, vocabulary.AddSpacePrefix);
        spec.Bool(4, vocabulary.RemoveExtraWhitespaces);
        spec.Bool(5, true);
        return spec;
    }
}
