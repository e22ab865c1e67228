using System.Buffers;
using System.Runtime.InteropServices;
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
    private readonly PieceTable _pieces;
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
        : base(vocabulary, pieces, findsUserDefined: true)
    {
        _pieces = pieces;
        _splitters = [.. rule.Steps.Select(TextSplitter.Of).OfType<TextSplitter>()];
        NormalizesText = rule.Nfc;
        _merges = new ByteMerges(vocabulary, pieces, rule.IgnoreMerges);
    }

    /// <summary>Whether text is brought to Unicode's form C first; then decoding gives back that form.</summary>
    public bool NormalizesText { get; }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> FirstPiece(int id) => Piece(id);

    /// <summary>Encodes text without added tokens and returns how much splitting and merging had to do, so that tests can bound the work without a clock.</summary>
    internal long EncodeCounted(ReadOnlySpan<char> text, List<int> ids, List<TokenSpan>? spans = null)
    {
        var run = new ByteLevelRun(_splitters, _merges, ids, stackalloc byte[ByteLevelRun.ShortWord], stackalloc int[3 * ByteLevelRun.ShortWord]);
        var (before, first) = (ids.Count, spans?.Count ?? 0);
        var normalised = NormalizesText ? Nfc.Normalize(text) : null;
        var steps = run.Encode(normalised ?? text);
        if (spans is null) return steps;
        ByteSpans.Append(normalised ?? text, CollectionsMarshal.AsSpan(ids)[before..], _merges, _pieces, spans);
        if (normalised is null) return steps;
        var origins = Nfc.Origins(text, normalised.Length);
        for (var i = first; i < spans.Count; i++)
        {
            var (start, end) = (origins[spans[i].Start].Start, origins[spans[i].End - 1].End);
            spans[i] = new TokenSpan(start, end - start);
        }
        return steps;
    }

    private protected override void EncodeText(ReadOnlySpan<char> text, List<int> ids, List<TokenSpan>? spans) => EncodeCounted(text, ids, spans);

    private static PreTokenizer RuleOf(Vocabulary vocabulary) => vocabulary.Kind is not TokenizerKind.ByteLevelBpe
        ? throw new ModelFileException("BT1045", vocabulary.Source, "kind of tokenizer", "SentencePiece BPE", "must be byte-level BPE")
        : vocabulary.Rule ?? PreTokenizers.Find(vocabulary.PreTokenizer) ?? throw new ModelFileException(
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
