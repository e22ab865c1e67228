using System.Buffers;

namespace Bantam.Tokenizers;

/// <summary>
/// One run of merging over one normalised text, or a long word of one. Symbols are a linked list over the text; a merge lengthens the left one
/// and empties the right one, and pairs in the queue that no longer fit are passed over.
/// </summary>
internal ref struct BpeMerger
{
    private readonly SentencePieceBpe _tokenizer;
    private readonly ReadOnlySpan<char> _text;
    private readonly int _offset;
    private readonly Symbol[] _symbols;
    private readonly MergeQueue _queue;
    private Dictionary<int, int>? _unusedSplits;

    private struct Symbol
    {
        public int Start, Length, Previous, Next;
        public bool IsFixed;
    }

    /// <param name="tokenizer">Whose.</param>
    /// <param name="text">The text.</param>
    /// <param name="offset">Where it stands in the text that tokens are told of.</param>
    public BpeMerger(SentencePieceBpe tokenizer, ReadOnlySpan<char> text, int offset)
    {
        _offset = offset;
        _tokenizer = tokenizer;
        _text = text;
        _symbols = ArrayPool<Symbol>.Shared.Rent(text.Length);
        _queue = new MergeQueue(text.Length);
    }

    /// <summary>Hands over the tokens of the text; returns the steps that the queue took.</summary>
    /// <param name="tokens">Takes them.</param>
    /// <param name="afterUnknown">Whether the unknown token was the last, before and behind.</param>
    public long Run(TokenSink tokens, ref bool afterUnknown)
    {
        var count = Split();
        for (var i = 0; i + 1 < count; i++) Consider(i, i + 1);
        while (_queue.TryPop(out var merge))
        {
            ref var left = ref _symbols[merge.Left];
            if (left.Length == 0 || left.Next < 0) continue;
            ref var right = ref _symbols[left.Next];
            if (left.Length + right.Length != merge.Length) continue;
            left.Length = merge.Length;
            right.Length = 0;
            left.Next = right.Next;
            if (left.Next >= 0) _symbols[left.Next].Previous = merge.Left;
            Consider(left.Previous, merge.Left);
            Consider(merge.Left, left.Next);
        }
        for (var i = count > 0 ? 0 : -1; i >= 0; i = _symbols[i].Next) Emit(_symbols[i].Start, _symbols[i].Length, tokens, ref afterUnknown);
        return _queue.Steps;
    }

    public readonly void Dispose()
    {
        _queue.Dispose();
        ArrayPool<Symbol>.Shared.Return(_symbols);
    }

    /// <summary>Makes a symbol of each user-defined piece and each other code point.</summary>
    private readonly int Split()
    {
        var (count, scan) = (0, new PieceScan());
        for (var start = 0; start < _text.Length; count++)
        {
            var found = _tokenizer.UserDefinedAt(_text, start, ref scan);
            var length = found > 0 ? found : char.IsHighSurrogate(_text[start]) ? 2 : 1;
            _symbols[count] = new Symbol { Start = start, Length = length, Previous = count - 1, Next = count + 1, IsFixed = found > 0 };
            start += length;
        }
        if (count > 0) _symbols[count - 1].Next = -1;
        return count;
    }

    private void Consider(int left, int right)
    {
        if (left < 0 || right < 0 || _symbols[left].IsFixed || _symbols[right].IsFixed) return;
        var length = _symbols[left].Length + _symbols[right].Length;
        var id = _tokenizer.Find(_text.Slice(_symbols[left].Start, length));
        if (id < 0) return;
        _queue.Push(new Merge(_tokenizer.Vocabulary.Scores[id], left, length));
        if (_tokenizer.Vocabulary.Types[id] is TokenType.Unused) (_unusedSplits ??= [])[id] = _symbols[left].Length;
    }

    private readonly void Emit(int start, int length, TokenSink tokens, ref bool afterUnknown)
    {
        var text = _text.Slice(start, length);
        var id = _tokenizer.Find(text);
        if (id < 0)
        {
            _tokenizer.Spell(text, _offset + start, tokens, ref afterUnknown);
            return;
        }
        if (_tokenizer.Vocabulary.Types[id] is TokenType.Unused && _unusedSplits is not null && _unusedSplits.TryGetValue(id, out var left))
        {
            Emit(start, left, tokens, ref afterUnknown);
            Emit(start + left, length - left, tokens, ref afterUnknown);
            return;
        }
        tokens.Add(id, _offset + start, length);
        afterUnknown = false;
    }
}
