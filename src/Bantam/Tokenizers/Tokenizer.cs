using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Bantam.Tokenizers.Pipeline;

namespace Bantam.Tokenizers;

/// <summary>
/// Text to token ids and back. Instances never change and may be used from any number of threads. How text is split is
/// the matter of the derived class; special tokens and the assembly of bytes are the same for all.
/// </summary>
public abstract class Tokenizer
{
    private readonly PieceTable _pieces;
    private readonly AddedTokenMatcher _added;
    private readonly AddedTokenMatcher _addedAndSpecial;

    /// <param name="vocabulary">The entries and settings, checked.</param>
    /// <param name="pieces">The bytes of each entry.</param>
    /// <param name="findsUserDefined">Whether user-defined entries are found before text is split, and not by <see cref="EncodeText"/> itself.</param>
    private protected Tokenizer(Vocabulary vocabulary, PieceTable pieces, bool findsUserDefined)
    {
        Vocabulary = vocabulary;
        _pieces = pieces;
        var (added, special) = (new List<int>(), new List<int>());
        for (var id = 0; id < vocabulary.Count; id++)
        {
            if (IsSpecial(id)) special.Add(id);
            else if (findsUserDefined && vocabulary.Types[id] is TokenType.UserDefined) added.Add(id);
        }
        _added = new AddedTokenMatcher([.. added], vocabulary);
        _addedAndSpecial = new AddedTokenMatcher([.. added, .. special], vocabulary);
    }

    /// <summary>The entries and settings.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>Makes the tokenizer of a vocabulary, checking it first.</summary>
    /// <exception cref="ModelFileException">See <see cref="SentencePieceBpe(Vocabulary)"/> and <see cref="ByteLevelBpe(Vocabulary)"/>.</exception>
    public static Tokenizer Create(Vocabulary vocabulary) => vocabulary.Kind switch
    {
        TokenizerKind.ByteLevelBpe => new ByteLevelBpe(vocabulary),
        _ when vocabulary.Pipeline is not null => new PipelineTokenizer(vocabulary),
        TokenizerKind.SentencePieceBpe when vocabulary.CharsMap.Length == 0 && vocabulary.EscapeWhitespaces => new SentencePieceBpe(vocabulary),
        TokenizerKind.WordPiece => new BertWords(vocabulary),
        _ => new SentencePieceTokenizer(vocabulary),
    };

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
    /// <param name="addBos">Whether to begin with BOS, where there is one; the default is the vocabulary's. Where special tokens are parsed, a text that begins with it gets no second.</param>
    /// <param name="addEos">Whether to end with the EOS, where there is one; the default is the vocabulary's.</param>
    /// <param name="parseSpecial">
    /// Whether the names of control tokens (and of the unknown token) in the text become those tokens. Only for text whose author may set them,
    /// such as a rendered chat template around escaped messages; never for what a user typed.
    /// </param>
    public int[] Encode(string text, bool? addBos = null, bool? addEos = null, bool parseSpecial = false)
    {
        var ids = new List<int>();
        Encode(text, ids, null, addBos, addEos, parseSpecial);
        return [.. ids];
    }

    /// <summary>The ids of <paramref name="text"/> and the characters that each stands for.</summary>
    /// <param name="text">See <see cref="Encode(string, bool?, bool?, bool)"/>.</param>
    /// <param name="addBos">See there; the span of BOS is empty and at the start.</param>
    /// <param name="addEos">See there; the span of EOS is empty and at the end.</param>
    /// <param name="parseSpecial">See there.</param>
    public TokenizedText EncodeWithOffsets(string text, bool? addBos = null, bool? addEos = null, bool parseSpecial = false)
    {
        var (ids, spans) = (new List<int>(), new List<TokenSpan>());
        Encode(text, ids, spans, addBos, addEos, parseSpecial);
        return new TokenizedText([.. ids], [.. spans]);
    }

    /// <summary>Appends the ids of <paramref name="text"/>, without BOS and EOS, to <paramref name="ids"/>.</summary>
    /// <param name="text">Any text; lone surrogates become U+FFFD.</param>
    /// <param name="ids">Receives the ids.</param>
    /// <param name="parseSpecial">See <see cref="Encode(string, bool?, bool?, bool)"/>. The text between special tokens is encoded piece by piece, each as a text of its own.</param>
    public void Encode(ReadOnlySpan<char> text, List<int> ids, bool parseSpecial = false) => EncodeAll(text, ids, null, parseSpecial);

    /// <summary>
    /// The text of <paramref name="ids"/> as a whole text: the space that encoding put in front is taken away, control
    /// tokens are empty, bytes that are not UTF-8 become U+FFFD.
    /// </summary>
    /// <param name="ids">Any ids of the vocabulary.</param>
    /// <param name="keepSpecial">Whether control tokens are their names instead; then what follows one is no longer the start.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool keepSpecial = false)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var (atStart, last) = (true, ids.Length - 1);
        while (SeesLast && last >= 0 && !IsShown(ids[last], keepSpecial)) last--;
        for (var i = 0; i < ids.Length; i++)
        {
            if (!IsShown(ids[i], keepSpecial)) continue;
            bytes.Write(keepSpecial && IsControl(ids[i]) ? ShownSpecial(ids[i], atStart, i == last) : Shown(ids[i], atStart, i == last));
            atStart = false;
        }
        var text = Encoding.UTF8.GetString(bytes.WrittenSpan);
        return Vocabulary.CleansUpSpaces ? SpaceCleanup.OfText(text) : text;
    }

    /// <summary>The bytes that a token contributes in the middle of a text; they need not be whole characters. Empty for control tokens.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary.</exception>
    public ReadOnlySpan<byte> Piece(int id) => _pieces[Checked(id)];

    /// <summary>The bytes that a token contributes at the start of a text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary.</exception>
    public abstract ReadOnlySpan<byte> FirstPiece(int id);

    /// <summary>Whether the last token of a text is other bytes than it would be in the middle.</summary>
    internal virtual bool SeesLast => false;

    /// <summary>The bytes that a token contributes in its place.</summary>
    internal virtual ReadOnlySpan<byte> Shown(int id, bool isFirst, bool isLast) => isFirst ? FirstPiece(id) : Piece(id);

    /// <summary>The bytes of a control token whose name is shown.</summary>
    internal virtual ReadOnlySpan<byte> ShownSpecial(int id, bool isFirst, bool isLast) => Encoding.UTF8.GetBytes(Vocabulary.Pieces[id]);

    /// <summary>Whether a token contributes nothing, so that the next one stands in its place.</summary>
    internal virtual bool IsSilent(int id) => Piece(id).IsEmpty;

    /// <summary>Appends the tokens of text in which added tokens have been found already.</summary>
    /// <param name="text">Never empty.</param>
    /// <param name="ids">Receives the ids.</param>
    /// <param name="spans">Receives a span of <paramref name="text"/> for each; null where nobody asks.</param>
    private protected abstract void EncodeText(ReadOnlySpan<char> text, List<int> ids, List<TokenSpan>? spans);

    /// <summary>Appends the tokens of a text: added ones and, where asked for, special ones, and those of what lies between.</summary>
    private protected virtual void EncodeAll(ReadOnlySpan<char> text, List<int> ids, List<TokenSpan>? spans, bool parseSpecial)
    {
        var matcher = parseSpecial ? _addedAndSpecial : _added;
        var (at, before, first) = (0, ids.Count, spans?.Count ?? 0);
        var scan = new PieceScan();
        while (matcher.Find(text, at, ref scan) is var (id, span) && id >= 0)
        {
            EncodePart(text, at, span.Start, ids, spans);
            ids.Add(id);
            spans?.Add(span);
            at = span.End;
        }
        EncodePart(text, at, text.Length, ids, spans);
        if (spans is null || Vocabulary.Trimmed is not { } trimmed) return;
        for (var i = 0; first + i < spans.Count; i++)
            spans[first + i] = trimmed.Trim(text, spans[first + i], isAdded: Vocabulary.Types[ids[before + i]] is not TokenType.Normal);
    }

    private void Encode(ReadOnlySpan<char> text, List<int> ids, List<TokenSpan>? spans, bool? addBos, bool? addEos, bool parseSpecial)
    {
        if (addBos ?? AddBos)
        {
            foreach (var id in Before())
            {
                ids.Add(id);
                spans?.Add(default);
            }
        }
        EncodeAll(text, ids, spans, parseSpecial);
        // A text that begins with BOS itself, as rendered chat templates do, has one.
        if (parseSpecial && ids is [var first, var second, ..] && first == BosId && second == first && (addBos ?? AddBos))
        {
            ids.RemoveAt(0);
            spans?.RemoveAt(0);
        }
        if (addEos ?? AddEos)
        {
            foreach (var id in Behind())
            {
                ids.Add(id);
                spans?.Add(new TokenSpan(text.Length, 0));
            }
        }
    }

    // What the file puts around a text; where it puts nothing there and is asked to, BOS and the EOS.
    private ReadOnlySpan<int> Before() => Vocabulary.Template is { Before.Length: > 0 } template ? template.Before : BosId is { } bos ? new[] { bos } : [];

    private ReadOnlySpan<int> Behind() => Vocabulary.Template is { Behind.Length: > 0 } template ? template.Behind : EosIds is [var eos, ..] ? new[] { eos } : [];

    private void EncodePart(ReadOnlySpan<char> text, int start, int end, List<int> ids, List<TokenSpan>? spans)
    {
        if (start == end) return;
        var before = spans?.Count ?? 0;
        EncodeText(text[start..end], ids, spans);
        if (spans is null || start == 0) return;
        foreach (ref var span in CollectionsMarshal.AsSpan(spans)[before..]) span = span with { Start = span.Start + start };
    }

    private bool IsSpecial(int id) => Vocabulary.Types[id] is TokenType.Control or TokenType.Unknown;

    private bool IsShown(int id, bool keepSpecial) => (keepSpecial && IsControl(id)) || !IsSilent(id);

    private protected int Checked(int id) =>
        (uint)id < (uint)VocabularySize ? id : throw new ArgumentOutOfRangeException(nameof(id), id, $"the vocabulary has {VocabularySize} tokens");
}
