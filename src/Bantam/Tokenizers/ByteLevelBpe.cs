using System.Buffers;
using System.Text;

namespace Bantam.Tokenizers;

/// <summary>
/// Byte-level byte-pair encoding (Radford et al. 2019; Sennrich et al. 2016, arXiv:1508.07909): the tokenizer of GPT-2,
/// Llama 3, Qwen and many others, <c>tokenizer.ggml.model = gpt2</c> in GGUF. The ids are those of the library that the
/// model was trained with.
/// </summary>
/// <remarks>
/// Text is split at added tokens, then by the rule of <see cref="Vocabulary.PreTokenizer"/>, and the bytes of each piece
/// merge, always the neighbours whose merge comes first in the list, leftmost first. The cost is O(n log n). Control
/// tokens come of no text, whatever merges say.
/// </remarks>
public sealed class ByteLevelBpe : Tokenizer
{
    private readonly PieceMatcher _userDefined;
    private readonly SearchValues<char> _startsOfUserDefined;
    private readonly TextSplitter[] _splitters;
    private readonly ByteMerges _merges;

    /// <summary>Makes the tokenizer of a vocabulary, checking it first.</summary>
    /// <exception cref="ModelFileException">
    /// See <see cref="Vocabulary.Validate"/>; BT1042 also where a byte that text can have is no entry and there is no unknown token;
    /// BT1043 a merge that makes no entry; BT1045 another kind of tokenizer, or a rule for splitting that is not known.
    /// </exception>
    public ByteLevelBpe(Vocabulary vocabulary)
        : this(vocabulary, RuleOf(vocabulary.Validate()), new PieceTable(vocabulary.Count, (id, bytes) => Render(vocabulary, id, bytes)))
    {
    }

    private ByteLevelBpe(Vocabulary vocabulary, PreTokenizer rule, PieceTable pieces)
        : base(vocabulary, pieces)
    {
        _splitters = [.. rule.Steps.Select(TextSplitter.Of).OfType<TextSplitter>()];
        NormalizesText = rule.Nfc;
        _merges = new ByteMerges(vocabulary, pieces, rule.IgnoreMerges);
        var added = vocabulary.Pieces.Select((text, id) => (text, id)).Where(piece => vocabulary.Types[piece.id] is TokenType.UserDefined && piece.text.Length > 0).ToList();
        _userDefined = new PieceMatcher(added);
        _startsOfUserDefined = SearchValues.Create([.. added.Select(piece => piece.text[0]).Distinct()]);
    }

    /// <summary>Whether text is brought to Unicode's form C first; then decoding gives back that form.</summary>
    public bool NormalizesText { get; }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> FirstPiece(int id) => Piece(id);

    /// <summary>Encodes and returns how much splitting and merging had to do, so that tests can bound the work without a clock.</summary>
    internal long EncodeCounted(ReadOnlySpan<char> text, List<int> ids)
    {
        var run = new ByteLevelRun(_splitters, _merges, ids, stackalloc byte[ByteLevelRun.ShortWord], stackalloc int[3 * ByteLevelRun.ShortWord]);
        var (steps, at) = (0L, 0);
        while (text[at..].IndexOfAny(_startsOfUserDefined) is >= 0 and var next)
        {
            at += next;
            var (id, length) = _userDefined.LongestPrefix(text[at..]);
            if (length == 0)
            {
                at++;
                continue;
            }
            steps += Plain(run, text[..at]);
            ids.Add(id);
            text = text[(at + length)..];
            at = 0;
        }
        return steps + Plain(run, text);
    }

    private protected override void EncodeText(ReadOnlySpan<char> text, List<int> ids) => EncodeCounted(text, ids);

    private long Plain(in ByteLevelRun run, ReadOnlySpan<char> text) => run.Encode(NormalizesText && Nfc.Normalize(text) is { } normalised ? normalised : text);

    private static PreTokenizer RuleOf(Vocabulary vocabulary) => vocabulary.Kind is not TokenizerKind.ByteLevelBpe
        ? throw new ModelFileException("BT1045", vocabulary.Source, "kind of tokenizer", "SentencePiece BPE", "must be byte-level BPE")
        : PreTokenizers.Find(vocabulary.PreTokenizer) ?? throw new ModelFileException(
            "BT1045", vocabulary.Source, "pre-tokenizer", $"'{vocabulary.PreTokenizer}'", $"no rule that is known: {string.Join(", ", PreTokenizers.Names)}; it can be converted, text needs the rule");

    private static void Render(Vocabulary vocabulary, int id, IBufferWriter<byte> bytes)
    {
        switch (vocabulary.Types[id])
        {
            case TokenType.Control: break;
            case TokenType.Unknown: Encoding.UTF8.GetBytes("\uFFFD", bytes); break;
            // Found in text as it stands, so it stands for that.
            case TokenType.UserDefined: Encoding.UTF8.GetBytes(vocabulary.Pieces[id], bytes); break;
            default:
                if (!vocabulary.IsPadding(id)) ByteCharacters.Write(vocabulary.Pieces[id], bytes);
                break;
        }
    }
}
