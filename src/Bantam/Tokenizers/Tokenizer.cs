using System.Buffers;
using System.Text;

namespace Bantam.Tokenizers;

/// <summary>
/// Text to token ids and back. Instances never change and may be used from any number of threads. How text is split is
/// the matter of the derived class; special tokens and the assembly of bytes are the same for all.
/// </summary>
public abstract class Tokenizer
{
    private readonly PieceTable _pieces;
    private readonly PieceMatcher _specials;

    private protected Tokenizer(Vocabulary vocabulary, PieceTable pieces)
    {
        Vocabulary = vocabulary;
        _pieces = pieces;
        _specials = new PieceMatcher(vocabulary.Pieces.Select((text, id) => (text, id)).Where(piece => IsSpecial(piece.id)));
    }

    /// <summary>The entries and settings.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>Makes the tokenizer of a vocabulary, checking it first.</summary>
    /// <exception cref="ModelFileException">See <see cref="SentencePieceBpe(Vocabulary)"/> and <see cref="ByteLevelBpe(Vocabulary)"/>.</exception>
    public static Tokenizer Create(Vocabulary vocabulary) => vocabulary.Kind is TokenizerKind.ByteLevelBpe ? new ByteLevelBpe(vocabulary) : new SentencePieceBpe(vocabulary);

    /// <summary>The number of ids, V. A model's embedding may have more rows: those ids are padding and have no text.</summary>
    public int VocabularySize => Vocabulary.Count;

    /// <summary>The id that begins a sequence, or null.</summary>
    public int? BosId => Vocabulary.BosId;

    /// <summary>What a text begins with that nothing else begins: BOS, or where there is none the EOS, behind which models saw the next text, or 0.</summary>
    public int StartId => BosId ?? (EosIds is [var eos, ..] ? eos : 0);

    /// <summary>The ids that end a text, the EOS proper first.</summary>
    public ReadOnlySpan<int> EosIds => Vocabulary.EosIds;

    /// <summary>The id for text that nothing covers, or null.</summary>
    public int? UnkId => Vocabulary.UnkId;

    /// <summary>Whether BOS is put first unless told otherwise.</summary>
    public bool AddBos => Vocabulary.AddBos;

    /// <summary>Whether the EOS is put last unless told otherwise.</summary>
    public bool AddEos => Vocabulary.AddEos;

    /// <summary>Whether the id has a meaning and no text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary.</exception>
    public bool IsControl(int id) => Vocabulary.Types[Checked(id)] is TokenType.Control;

    /// <summary>Whether the id ends a text.</summary>
    public bool IsEos(int id) => EosIds.Contains(id);

    /// <summary>The ids of <paramref name="text"/>.</summary>
    /// <param name="text">Any string; lone surrogates become U+FFFD.</param>
    /// <param name="addBos">Whether to begin with BOS, where there is one; the default is the vocabulary's.</param>
    /// <param name="addEos">Whether to end with the EOS, where there is one; the default is the vocabulary's.</param>
    /// <param name="parseSpecial">
    /// Whether the names of control tokens (and of the unknown token) in the text become those tokens. Only for text whose author may set them,
    /// such as a rendered chat template around escaped messages; never for what a user typed.
    /// </param>
    public int[] Encode(string text, bool? addBos = null, bool? addEos = null, bool parseSpecial = false)
    {
        var ids = new List<int>();
        if ((addBos ?? AddBos) && BosId is { } bos) ids.Add(bos);
        Encode(text, ids, parseSpecial);
        if ((addEos ?? AddEos) && EosIds is [var eos, ..]) ids.Add(eos);
        return [.. ids];
    }

    /// <summary>Appends the ids of <paramref name="text"/>, without BOS and EOS, to <paramref name="ids"/>.</summary>
    /// <param name="text">Any text; lone surrogates become U+FFFD.</param>
    /// <param name="ids">Receives the ids.</param>
    /// <param name="parseSpecial">See <see cref="Encode(string, bool?, bool?, bool)"/>. The text between special tokens is encoded piece by piece, each as a text of its own.</param>
    public void Encode(ReadOnlySpan<char> text, List<int> ids, bool parseSpecial = false)
    {
        if (parseSpecial && !_specials.IsEmpty)
        {
            for (var at = 0; at < text.Length;)
            {
                var (id, length) = _specials.LongestPrefix(text[at..]);
                if (length == 0)
                {
                    at++;
                    continue;
                }
                EncodeText(text[..at], ids);
                ids.Add(id);
                text = text[(at + length)..];
                at = 0;
            }
        }
        EncodeText(text, ids);
    }

    /// <summary>
    /// The text of <paramref name="ids"/> as a whole text: the space that encoding put in front is taken away, control
    /// tokens are empty, bytes that are not UTF-8 become U+FFFD.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var atStart = true;
        foreach (var id in ids)
        {
            bytes.Write(atStart ? FirstPiece(id) : Piece(id));
            atStart &= Piece(id).IsEmpty;
        }
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>The bytes that a token contributes in the middle of a text; they need not be whole characters. Empty for control tokens.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary.</exception>
    public ReadOnlySpan<byte> Piece(int id) => _pieces[Checked(id)];

    /// <summary>The bytes that a token contributes at the start of a text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary.</exception>
    public abstract ReadOnlySpan<byte> FirstPiece(int id);

    private protected abstract void EncodeText(ReadOnlySpan<char> text, List<int> ids);

    private bool IsSpecial(int id) => Vocabulary.Types[id] is TokenType.Control or TokenType.Unknown;

    private int Checked(int id) =>
        (uint)id < (uint)VocabularySize ? id : throw new ArgumentOutOfRangeException(nameof(id), id, $"the vocabulary has {VocabularySize} tokens");
}
