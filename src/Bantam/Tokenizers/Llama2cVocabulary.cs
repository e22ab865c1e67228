using System.Text;
using System.Text.Unicode;

namespace Bantam.Tokenizers;

/// <summary>
/// A vocabulary from and to the entries of a llama2.c <c>tokenizer.bin</c>. That format knows bytes and scores only: ids
/// 0, 1 and 2 are unknown, BOS and EOS, ids 3 to 258 are the bytes, and '▁' is written as a space.
/// </summary>
public static class Llama2cVocabulary
{
    private const string Bos = "\n<s>\n", Eos = "\n</s>\n";

    /// <summary>Makes a vocabulary of the entries as they stand in the file.</summary>
    /// <param name="file">The file, for error messages.</param>
    /// <param name="entries">The bytes and the score of each entry [V].</param>
    /// <exception cref="ModelFileException">BT1048 an entry that is not UTF-8; further see <see cref="Vocabulary.Validate"/>.</exception>
    public static Vocabulary Create(string file, IReadOnlyList<(byte[] Piece, float Score)> entries)
    {
        if (entries.Count < 3)
            throw new ModelFileException("BT1040", file, "number of pieces", $"{entries.Count}", "must be at least 3: unknown, BOS and EOS");
        var pieces = new string[entries.Count];
        var types = new TokenType[entries.Count];
        for (var id = 0; id < pieces.Length; id++)
        {
            if (!Utf8.IsValid(entries[id].Piece))
                throw new ModelFileException("BT1048", file, $"piece {id}", Convert.ToHexString(entries[id].Piece), "must be UTF-8");
            var text = Encoding.UTF8.GetString(entries[id].Piece);
            types[id] = id switch
            {
                0 => TokenType.Unknown,
                1 or 2 => TokenType.Control,
                _ when Vocabulary.ByteOf(text) is not null => TokenType.Byte,
                _ => TokenType.Normal,
            };
            // The exporter surrounds BOS and EOS with newlines so that they print on lines of their own.
            pieces[id] = types[id] is TokenType.Control ? text.Trim('\n') : text.Replace(' ', Vocabulary.Space);
        }
        return new Vocabulary
        {
            Source = file,
            Pieces = pieces,
            Scores = [.. entries.Select(entry => entry.Score)],
            Types = types,
            BosId = 1,
            EosIds = [2],
            UnkId = 0,
        }.Validate();
    }

    /// <summary>The entries as llama2.c stores them: the inverse of <see cref="Create"/>.</summary>
    /// <exception cref="ModelFileException">BT1039: the format has no place for this vocabulary.</exception>
    public static (byte[] Piece, float Score)[] Export(Vocabulary vocabulary, string file)
    {
        if (vocabulary.Kind is not TokenizerKind.SentencePieceBpe)
            throw new ModelFileException("BT1039", file, "kind of tokenizer", "byte-level BPE", "llama2.c knows SentencePiece only");
        var bytes = vocabulary.Validate().ByteIds();
        if (vocabulary is not { UnkId: 0, BosId: 1, EosIds: [2, ..], AddSpacePrefix: true })
            throw new ModelFileException("BT1039", file, "vocabulary", vocabulary.Source, "llama2.c fixes unknown, BOS and EOS at 0, 1 and 2, and a leading space");
        for (var value = 0; value < 256; value++)
            if (bytes[value] != value + 3)
                throw new ModelFileException("BT1039", file, $"id of byte token <0x{value:X2}>", $"{bytes[value]}", $"llama2.c fixes it at {value + 3}");
        return [.. vocabulary.Pieces.Select((text, id) => (Encoding.UTF8.GetBytes(Spelled(text, id)), vocabulary.Scores[id]))];
    }

    private static string Spelled(string text, int id) => id switch
    {
        1 => Bos,
        2 => Eos,
        _ => text.Replace(Vocabulary.Space, ' '),
    };
}
