using System.Buffers;

namespace Bantam.Tokenizers;

/// <summary>
/// One run of merging over one normalised text. Symbols are a linked list over the text; a merge lengthens the left one
/// and empties the right one, and pairs in the queue that no longer fit are passed over.
/// </summary>
internal ref struct BpeMerger
{
    private readonly SentencePieceBpe _tokenizer;
    private readonly ReadOnlySpan<char> _text;
    private readonly Symbol[] _symbols;
    private readonly MergeQueue _queue;
    private Dictionary<int, int>? _unusedSplits;
    private bool _afterUnknown;

    private struct Symbol
    {
        public int Start, Length, Previous, Next;
        public bool IsFixed;
    }

    public BpeMerger(SentencePieceBpe tokenizer, ReadOnlySpan<char> text)
    {
        _tokenizer = tokenizer;
        _text = text;
        _symbols = ArrayPool<Symbol>.Shared.Rent(text.Length);
        _queue = new MergeQueue(text.Length);
    }

    /// <summary>Hands over the tokens of the text; returns the steps that the queue took.</summary>
    public long Run(TokenSink tokens)
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
        for (var i = count > 0 ? 0 : -1; i >= 0; i = _symbols[i].Next) Emit(_symbols[i].Start, _symbols[i].Length, tokens);
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
        if (!_tokenizer.TryFind(_text.Slice(_symbols[left].Start, length), out var id)) return;
        _queue.Push(new Merge(_tokenizer.Vocabulary.Scores[id], left, length));
        if (_tokenizer.Vocabulary.Types[id] is TokenType.Unused) (_unusedSplits ??= [])[id] = _symbols[left].Length;
    }

    private void Emit(int start, int length, TokenSink tokens)
    {
        var text = _text.Slice(start, length);
        if (!_tokenizer.TryFind(text, out var id))
        {
            _tokenizer.Spell(text, start, tokens, ref _afterUnknown);
            return;
        }
        if (_tokenizer.Vocabulary.Types[id] is TokenType.Unused && _unusedSplits is not null && _unusedSplits.TryGetValue(id, out var left))
        {
            Emit(start, left, tokens);
            Emit(start + left, length - left, tokens);
            return;
        }
        tokens.Add(id, start, length);
        _afterUnknown = false;
    }
}
