using System.Buffers;
using System.Globalization;
using System.Text;
using Bantam.Tokenizers.Pipeline;

namespace Bantam.Tokenizers;

/// <summary>
/// BERT's tokenizer as llama.cpp has it, <c>tokenizer.ggml.model = bert</c> in GGUF: characters lose their accents and
/// their case where the settings say so, words end at white space, punctuation and ideographs are words of their own, and each word is split by
/// <see cref="WordPiece"/>'s rule.
/// </summary>
/// <remarks>
/// A <c>tokenizer.json</c> or <c>vocab.txt</c> says its own steps and has a pipeline; this differs from those of BERT in that
/// of what a character decomposes to only the first part stays (of a Korean syllable the leading consonant), that all marks
/// go with the accents, and that no word is too long.
/// </remarks>
public sealed class BertWords : Tokenizer
{
    /// <summary>What pieces inside a word begin with; in GGUF files the others begin with '▁' instead.</summary>
    internal const string Inside = "##";

    // Between words; it is a control character, which no word has.
    private const char Break = '\n';

    private static readonly uint Dropped = CodePoints.Kinds(
        UnicodeCategory.Control,
        UnicodeCategory.Format,
        UnicodeCategory.PrivateUse,
        UnicodeCategory.Surrogate);

    private static readonly uint Marks = CodePoints.Kinds(UnicodeCategory.NonSpacingMark, UnicodeCategory.SpacingCombiningMark, UnicodeCategory.EnclosingMark);

    private static readonly uint Punctuation = CodePoints.Kinds(
        UnicodeCategory.ConnectorPunctuation,
        UnicodeCategory.DashPunctuation,
        UnicodeCategory.OpenPunctuation,
        UnicodeCategory.ClosePunctuation,
        UnicodeCategory.InitialQuotePunctuation,
        UnicodeCategory.FinalQuotePunctuation,
        UnicodeCategory.OtherPunctuation);

    private static readonly uint Symbols = CodePoints.Kinds(
        UnicodeCategory.MathSymbol,
        UnicodeCategory.CurrencySymbol,
        UnicodeCategory.ModifierSymbol,
        UnicodeCategory.OtherSymbol);

    private static readonly (int First, int Last)[] Ideographs =
    [
        (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F), (0x2B920, 0x2CEAF), (0x2F800, 0x2FA1F),
    ];

    private readonly PieceTrie _trie;
    private readonly int _unknown;

    /// <summary>Makes the tokenizer of a vocabulary, checking it first.</summary>
    /// <exception cref="ModelFileException">See <see cref="Vocabulary.Validate"/>; BT1045 another kind of tokenizer; BT1090 no unknown token.</exception>
    public BertWords(Vocabulary vocabulary)
        : base(vocabulary.Validate(), new PieceTable(vocabulary.Count, (id, bytes) => Render(vocabulary, id, bytes)), findsUserDefined: true)
    {
        if (vocabulary.Kind is not TokenizerKind.WordPiece)
            throw new ModelFileException("BT1045", vocabulary.Source, "kind of tokenizer", $"{vocabulary.Kind}", "must be WordPiece");
        _unknown = vocabulary.UnkId ?? throw new ModelFileException("BT1090", vocabulary.Source, "unknown token", "absent", "WordPiece needs one for words that no pieces cover");
        _trie = new PieceTrie(vocabulary.Pieces.Select((piece, id) => (Spelled(piece), id)).Where(piece => !vocabulary.IsPadding(piece.id)));
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> FirstPiece(int id) => Piece(id) is [(byte)' ', .. var rest] ? rest : Piece(id);

    /// <summary>A piece as GGUF files have it: '▁' in front of words, nothing inside, names in brackets as they are.</summary>
    internal static string Spelled(string piece) => piece switch
    {
        ['[', .., ']'] => piece,
        ['#', '#', .. var rest] => rest,
        _ => Vocabulary.Space + piece,
    };

    /// <summary>The inverse of <see cref="Spelled"/>.</summary>
    internal static string Unspelled(string piece) => piece switch
    {
        ['[', .., ']'] => piece,
        [Vocabulary.Space, .. var rest] => rest,
        _ => Inside + piece,
    };

    private protected override void EncodeText(ReadOnlySpan<char> text, List<int> ids, List<TokenSpan>? spans)
    {
        using var aligned = new AlignedText(text, 0, spans is not null);
        Split(aligned, Vocabulary.Subword);
        var chars = aligned.Chars;
        var tokens = new TokenSink(ids, spans);
        var before = spans?.Count ?? 0;
        for (var start = 0; start < chars.Length;)
        {
            var length = chars[start..].IndexOf(Break);
            if (length < 0) length = chars.Length - start;
            if (length > 0) Word(chars.Slice(start, length), start, tokens);
            start += length + 1;
        }
        for (var i = before; i < (spans?.Count ?? 0); i++) spans![i] = aligned.Span(spans[i].Start, spans[i].Length);
    }

    private void Word(ReadOnlySpan<char> word, int start, TokenSink tokens)
    {
        if (!Walk(word, start, null))
        {
            tokens.Add(_unknown, start, word.Length);
            return;
        }
        Walk(word, start, tokens);
    }

    // The longest piece again and again; the first goes on from '▁', and may be '▁' alone.
    private bool Walk(ReadOnlySpan<char> word, int start, TokenSink? tokens)
    {
        var (id, length) = LongestFirst(word);
        if (length < 0) return false;
        tokens?.Add(id, start, length);
        for (var at = length; at < word.Length; at += length)
        {
            (id, length) = _trie.LongestPrefix(word[at..]);
            if (length == 0) return false;
            tokens?.Add(id, start + at, length);
        }
        return true;
    }

    private (int Id, int Length) LongestFirst(ReadOnlySpan<char> word)
    {
        var node = _trie.Start(Vocabulary.Space);
        var best = (-1, -1);
        for (var length = 0; node != 0; length++)
        {
            if (_trie.Id(node) >= 0) best = (_trie.Id(node), length);
            if (length == word.Length) break;
            node = _trie.Next(node, word[length]);
        }
        return best;
    }

    // Folds the text and puts breaks between words.
    private static void Split(AlignedText text, SubwordSettings settings)
    {
        var dropped = settings.DropsAccents ? Dropped | Marks : Dropped;
        Span<char> units = stackalloc char[2];
        var parts = new List<int>();
        var chars = text.Chars;
        text.Begin();
        for (var at = 0; at < chars.Length;)
        {
            var point = CodePoints.At(chars, at, out var length);
            if (point >= 0x80 && settings.DropsAccents)
            {
                parts.Clear();
                Nfc.Decompose(point, parts);
                point = parts[0];
            }
            var kind = 1u << CodePoints.Kind(point);
            var end = at + length;
            if ((kind & CodePoints.Spaces) != 0)
            {
                text.Put(Break, at, end);
            }
            else if (point is not (0 or 0xFFFD) && (kind & dropped) == 0)
            {
                var alone = (kind & Punctuation) != 0 || (point < 0x7F && (kind & Symbols) != 0) || IsIdeograph(point);
                if (alone) text.Put(Break, at, at);
                var rune = settings.DropsCase ? Rune.ToLowerInvariant(new Rune(point)) : new Rune(point);
                text.Put(units[..rune.EncodeToUtf16(units)], at, end);
                if (alone) text.Put(Break, end, end);
            }
            at = end;
        }
        text.Commit();
    }

    private static bool IsIdeograph(int point)
    {
        if (point < Ideographs[0].First) return false;
        foreach (var (first, last) in Ideographs)
            if (point >= first && point <= last) return true;
        return false;
    }

    private static void Render(Vocabulary vocabulary, int id, IBufferWriter<byte> bytes)
    {
        if (vocabulary.Types[id] is TokenType.Control || vocabulary.IsPadding(id)) return;
        var text = vocabulary.Pieces[id];
        Encoding.UTF8.GetBytes(text.StartsWith(Inside, StringComparison.Ordinal) && text.Length > Inside.Length ? text[Inside.Length..] : " " + text, bytes);
    }
}
