using System.Buffers;
using System.Text;

namespace Bantam.Tokenizers;

/// <summary>
/// SentencePiece's byte-pair encoding (Kudo and Richardson 2018, arXiv:1808.06226; Sennrich et al. 2016,
/// arXiv:1508.07909): the tokenizer of Llama 2, Mistral and llama2.c, <c>tokenizer.ggml.model = llama</c> in GGUF.
/// The ids are those of Google's library.
/// </summary>
/// <remarks>
/// A space is put in front, spaces become '▁', and characters merge, always the neighbours whose union has the best
/// score, leftmost first. User-defined pieces are set before any merging. Characters without a piece are spelled in
/// bytes; where the vocabulary lacks the 256 byte pieces, each run of them is one unknown token. The cost is
/// O(n log n). A literal '▁' in the text decodes to a space.
/// </remarks>
public sealed class SentencePieceBpe : Tokenizer
{
    private readonly PieceMatcher _userDefined;
    private readonly JoinedUnits? _joined;
    private readonly int[]? _byteIds;

    /// <summary>Makes the tokenizer of a vocabulary, checking it first.</summary>
    /// <exception cref="ModelFileException">
    /// See <see cref="Vocabulary.Validate"/>; BT1042 also where there is neither an unknown token nor a full set of bytes;
    /// BT1045 another kind of tokenizer.
    /// </exception>
    public SentencePieceBpe(Vocabulary vocabulary)
        : base(OfThisKind(vocabulary.Validate()), new PieceTable(vocabulary.Count, (id, bytes) => Render(vocabulary, id, bytes)), findsUserDefined: false)
    {
        var texts = vocabulary.Types.Contains(TokenType.UserDefined) ? [.. Enumerable.Range(0, vocabulary.Count).Select(Escaped)] : vocabulary.Pieces;
        Texts = new TextTable(texts, IsText);
        Learned = new LearnedWords(vocabulary.Count);
        // What unused pieces become is settled over a whole text: how one was built last, in whatever word.
        if (!Enumerable.Range(0, vocabulary.Count).Any(id => vocabulary.Types[id] is TokenType.Unused && CanBeBuilt(texts[id])))
            _joined = new JoinedUnits(texts.Where((_, id) => IsText(id)), vocabulary.Count);
        _userDefined = new PieceMatcher(
            Enumerable.Range(0, vocabulary.Count).Where(id => vocabulary.Types[id] is TokenType.UserDefined).Select(id => (Escaped(id), id)));
        _byteIds = vocabulary.HasByteFallback ? vocabulary.ByteIds() : null;
        if (_byteIds is null && UnkId is null)
            throw new ModelFileException("BT1042", vocabulary.Source, "set of byte tokens", "incomplete", "must hold all 256 where there is no unknown token");
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> FirstPiece(int id) => WithoutPrefix(Vocabulary, id, Piece(id));

    /// <summary>The id of each text that merging may build.</summary>
    internal TextTable Texts { get; }

    /// <summary>The pieces that are known to come of themselves.</summary>
    internal LearnedWords Learned { get; }

    /// <summary>Encodes and returns how much the queue of merges had to do, so that tests can bound the work without a clock.</summary>
    /// <param name="text">The text.</param>
    /// <param name="ids">Receives the ids.</param>
    /// <param name="spans">Receives the spans.</param>
    /// <param name="asOneWord">Whether the text is merged as one word, which gives the same ids in more time.</param>
    internal long EncodeCounted(ReadOnlySpan<char> text, List<int> ids, List<TokenSpan>? spans = null, bool asOneWord = false)
    {
        if (text.IsEmpty) return 0;
        var chars = ArrayPool<char>.Shared.Rent(text.Length + 1);
        var origins = ArrayPool<int>.Shared.Rent(spans is null ? 0 : text.Length + 1);
        try
        {
            var before = spans?.Count ?? 0;
            var normal = chars.AsSpan(0, Normalize(text, chars, spans is null ? [] : origins));
            var tokens = new TokenSink(ids, spans);
            var steps = asOneWord ? EncodeWhole(normal, tokens) : EncodeNormal(normal, tokens);
            for (var i = before; i < (spans?.Count ?? 0); i++)
            {
                // Each character came of one, but for the space in front, which came of none.
                var (first, last) = (origins[spans![i].Start], origins[spans[i].End - 1]);
                spans[i] = new TokenSpan(Math.Max(first, 0), last + 1 - Math.Max(first, 0));
            }
            return steps;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(chars);
            ArrayPool<int>.Shared.Return(origins);
        }
    }

    /// <summary>Hands over the tokens of a text whose spaces, prefix and lone surrogates are settled; returns the steps that queues of merges took.</summary>
    internal long EncodeNormal(ReadOnlySpan<char> text, TokenSink tokens)
    {
        if (_joined is null) return EncodeWhole(text, tokens);
        var run = new SentencePieceRun(this, text, tokens, stackalloc ulong[SentencePieceRun.ShortWord + 1], stackalloc int[SentencePieceRun.Room]);
        return run.Encode(_joined);
    }

    /// <summary>The piece with exactly this text that merging may build, or −1.</summary>
    internal int Find(ReadOnlySpan<char> text) => Texts.Find(text);

    /// <summary>The length of the user-defined piece that begins at a place of a text, or 0.</summary>
    internal int UserDefinedAt(ReadOnlySpan<char> text, int at, ref PieceScan scan) => _userDefined.CanStart(text[at]) ? scan.LongestAt(_userDefined, text, at).Length : 0;

    /// <summary>Emits a character that has no piece.</summary>
    /// <param name="character">The character.</param>
    /// <param name="start">Where it stands in the piece that <paramref name="tokens"/> takes tokens of.</param>
    /// <param name="tokens">Takes its bytes, or the unknown token.</param>
    /// <param name="afterUnknown">Whether the unknown token was the last; then it stands for this one too.</param>
    internal void Spell(ReadOnlySpan<char> character, int start, TokenSink tokens, ref bool afterUnknown)
    {
        if (_byteIds is null)
        {
            if (afterUnknown) tokens.Extend(start + character.Length);
            else tokens.Add(UnkId!.Value, start, character.Length);
            afterUnknown = true;
            return;
        }
        Span<byte> bytes = stackalloc byte[4];
        foreach (var value in bytes[..Encoding.UTF8.GetBytes(character, bytes)]) tokens.Add(_byteIds[value], start, character.Length);
    }

    private protected override void EncodeText(ReadOnlySpan<char> text, List<int> ids, List<TokenSpan>? spans) => EncodeCounted(text, ids, spans);

    private long EncodeWhole(ReadOnlySpan<char> text, TokenSink tokens)
    {
        using var merger = new BpeMerger(this, text, 0);
        var afterUnknown = false;
        return merger.Run(tokens, ref afterUnknown);
    }

    private bool IsText(int id) => Vocabulary.Types[id] is TokenType.Normal or TokenType.UserDefined or TokenType.Unused;

    /// <summary>Whether a text is two that merging may have at hand: pieces, or single characters.</summary>
    private bool CanBeBuilt(string text)
    {
        var (all, left) = (Texts.Hash(text), 0UL);
        for (var at = 1; at < text.Length; at++)
        {
            left = Texts.Append(left, text[at - 1]);
            if (IsSymbol(left, text.AsSpan(0, at)) && IsSymbol(Texts.Part(left, all, text.Length - at), text.AsSpan(at))) return true;
        }
        return false;

        bool IsSymbol(ulong hash, ReadOnlySpan<char> part) => part.Length <= (char.IsHighSurrogate(part[0]) ? 2 : 1) || Texts.Find(hash, part) >= 0;
    }

    private static Vocabulary OfThisKind(Vocabulary vocabulary) => vocabulary.Kind is TokenizerKind.SentencePieceBpe
        ? vocabulary
        : throw new ModelFileException("BT1045", vocabulary.Source, "kind of tokenizer", $"byte-level BPE ({vocabulary.PreTokenizer})", "must be SentencePiece BPE");

    /// <summary>Spaces, prefix and lone surrogates; nothing grows but by the prefix.</summary>
    /// <param name="text">The text.</param>
    /// <param name="into">Receives what comes of it, one unit more at most.</param>
    /// <param name="origins">Receives where each unit stood, the prefix at −1 or before the first that is left; empty where nobody asks.</param>
    private int Normalize(ReadOnlySpan<char> text, Span<char> into, Span<int> origins)
    {
        var trim = Vocabulary.RemoveExtraWhitespaces;
        var skipped = trim ? text.Length - text.TrimStart(' ').Length : 0;
        if (skipped == text.Length) return 0;
        var length = 0;
        if (!trim && origins.IsEmpty && !text.ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            // Nothing moves but by the prefix.
            if (Vocabulary.AddSpacePrefix) into[length++] = Vocabulary.Space;
            text.Replace(into[length..], ' ', Vocabulary.Space);
            return length + text.Length;
        }
        if (Vocabulary.AddSpacePrefix) Put(Vocabulary.Space, skipped - 1, into, origins);
        for (var i = skipped; i < text.Length; i++)
        {
            var c = text[i];
            if (c == ' ')
            {
                if (!trim || text[i - 1] != ' ') Put(Vocabulary.Space, i, into, origins);
            }
            else if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                Put(c, i, into, origins);
                Put(text[++i], i, into, origins);
            }
            else
            {
                Put(char.IsSurrogate(c) ? '\uFFFD' : c, i, into, origins);
            }
        }
        return trim ? into[..length].TrimEnd(Vocabulary.Space).Length : length;

        void Put(char c, int from, Span<char> into, Span<int> origins)
        {
            into[length] = c;
            if (!origins.IsEmpty) origins[length] = from;
            length++;
        }
    }

    /// <summary>GGUF files hold user-defined pieces with plain spaces; they are looked for in text whose spaces are '▁'.</summary>
    private string Escaped(int id) =>
        Vocabulary.Types[id] is TokenType.UserDefined ? Vocabulary.Pieces[id].Replace(' ', Vocabulary.Space) : Vocabulary.Pieces[id];

    /// <summary>The bytes of an entry at the start of a text, where encoding put a space in front.</summary>
    internal static ReadOnlySpan<byte> WithoutPrefix(Vocabulary vocabulary, int id, ReadOnlySpan<byte> bytes)
    {
        var hasPrefix = (vocabulary.AddSpacePrefix || vocabulary.RemoveExtraWhitespaces)
            && vocabulary.Types[id] is TokenType.Normal or TokenType.UserDefined or TokenType.Unused;
        return hasPrefix && bytes is [(byte)' ', .. var rest] ? rest : bytes;
    }

    /// <summary>The bytes that an entry of SentencePiece stands for.</summary>
    internal static void Render(Vocabulary vocabulary, int id, IBufferWriter<byte> bytes)
    {
        var text = vocabulary.Pieces[id];
        switch (vocabulary.Types[id])
        {
            case TokenType.Control: break;
            // SentencePiece's default unk_surface.
            case TokenType.Unknown: Encoding.UTF8.GetBytes(" \u2047 ", bytes); break;
            case TokenType.Byte: bytes.Write([Vocabulary.ByteOf(text)!.Value]); break;
            default: Encoding.UTF8.GetBytes(text.Replace(Vocabulary.Space, ' '), bytes); break;
        }
    }
}
