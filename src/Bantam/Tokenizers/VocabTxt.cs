using System.Text;
using System.Text.Unicode;
using Bantam.Tokenizers.Pipeline;

namespace Bantam.Tokenizers;

/// <summary>BERT's <c>vocab.txt</c>: one piece in each line, its id the number of the line. What is done to text before, its settings say.</summary>
public static class VocabTxt
{
    /// <summary>The largest file that is read, in bytes; the largest published ones have some five million.</summary>
    public const long MaxBytes = 64L << 20;

    private const string Unknown = "[UNK]", Padding = "[PAD]", Begin = "[CLS]", End = "[SEP]", Mask = "[MASK]";

    /// <summary>Reads the content of a file.</summary>
    /// <param name="content">UTF-8 lines.</param>
    /// <param name="file">The file, for error messages.</param>
    /// <param name="lowerCase">Whether text is put into lower case (<c>do_lower_case</c>).</param>
    /// <param name="stripAccents">Whether letters lose their marks (<c>strip_accents</c>); null for: where text is put into lower case.</param>
    /// <param name="partIdeographs">Whether ideographs are words of their own (<c>tokenize_chinese_chars</c>).</param>
    /// <exception cref="ModelFileException">BT1093: not UTF-8, or one of <c>[UNK]</c>, <c>[CLS]</c> and <c>[SEP]</c> is missing; further see <see cref="Vocabulary.Validate"/>.</exception>
    public static Vocabulary Read(ReadOnlySpan<byte> content, string file, bool lowerCase = true, bool? stripAccents = null, bool partIdeographs = true)
    {
        if (content.Length > MaxBytes) throw new ModelFileException("BT1049", file, "file size", $"{content.Length}", $"must be at most {MaxBytes}");
        if (!Utf8.IsValid(content)) throw new ModelFileException("BT1093", file, "encoding", "not UTF-8", "must be lines in UTF-8");
        var pieces = new List<string>();
        while (!content.IsEmpty)
        {
            var end = content.IndexOf((byte)'\n');
            if (pieces.Count == Vocabulary.MaxPieces) Vocabulary.CheckCount(file, pieces.Count + 1);
            pieces.Add(Encoding.UTF8.GetString((end < 0 ? content : content[..end]).TrimEnd((byte)'\r')));
            content = end < 0 ? [] : content[(end + 1)..];
        }
        Vocabulary.CheckCount(file, pieces.Count);
        int Required(string text) => pieces.LastIndexOf(text) is >= 0 and var id ? id : throw new ModelFileException("BT1093", file, $"piece {text}", "absent", "must be a line of the file");

        var (unknown, cls, sep, padding, mask) = (Required(Unknown), Required(Begin), Required(End), pieces.LastIndexOf(Padding), pieces.LastIndexOf(Mask));
        var types = TokenizerJson.Types([.. pieces]);
        foreach (var id in (int[])[cls, sep, padding, mask])
            if (id >= 0) types[id] = TokenType.Control;
        types[unknown] = TokenType.Unknown;
        return new Vocabulary
        {
            Source = file,
            Kind = TokenizerKind.WordPiece,
            Pieces = [.. pieces],
            Scores = [],
            Types = types,
            BosId = cls,
            EosIds = [sep],
            UnkId = unknown,
            PadId = padding < 0 ? null : padding,
            AddEos = true,
            AddSpacePrefix = false,
            Subword = new SubwordSettings { ContinuingSubwordPrefix = BertWords.Inside, DropsCase = lowerCase, DropsAccents = stripAccents ?? lowerCase },
            Pipeline = new TextPipeline
            {
                Normalizers = [new BertNormalizer(cleanText: true, partIdeographs, stripAccents, lowerCase)],
                PreTokenizers = [new BertPreTokenizer()],
                PostProcessors = [new PairPostProcessor((End, sep), (Begin, cls), roberta: null)],
                Decoders = [new WordPieceDecoder(BertWords.Inside, cleanup: true)],
            },
        }.Validate();
    }

    /// <summary>The lines of a vocabulary.</summary>
    /// <exception cref="ModelFileException">BT1039: a piece holds a line break.</exception>
    public static byte[] Write(Vocabulary vocabulary, string file)
    {
        if (Array.FindIndex(vocabulary.Pieces, piece => piece.AsSpan().ContainsAny('\n', '\r')) is >= 0 and var id)
            throw new ModelFileException("BT1039", file, $"piece {id}", ModelFileException.Printable(vocabulary.Pieces[id]), "a line break is between pieces");
        return Encoding.UTF8.GetBytes(string.Concat(vocabulary.Pieces.Select(piece => piece + "\n")));
    }
}
