using System.Buffers;
using System.Text;

namespace Bantam.Tokenizers;

/// <summary>
/// One text on its way through Unigram. Only the part since the last place that no entry spans is kept: there every good
/// split passes, so the tokens before it are settled.
/// </summary>
internal ref struct UnigramRun(Unigram model, ReadOnlySpan<char> text, TokenSink tokens)
{
    private readonly Unigram _model = model;
    private readonly ReadOnlySpan<char> _text = text;
    private readonly TokenSink _tokens = tokens;
    private Node[] _nodes = ArrayPool<Node>.Shared.Rent(256);
    private int _base;
    private int _made;
    private int _unknownStart = -1;
    private int _unknownEnd;

    // The best way to a place: the sum of scores, the entry that ends there and how long it is; 0 where nothing ends.
    private struct Node
    {
        public double Sum;
        public int Id, Length;
    }

    /// <summary>Appends the tokens of the whole text.</summary>
    public void Encode()
    {
        _nodes[0] = default;
        _made = 1;
        for (var at = 0; at < _text.Length;)
        {
            // Nothing ends behind this place: what leads here is settled.
            if (_base + _made - 1 == at && at > _base) Settle(at);
            at += Extend(at);
        }
        if (_text.Length > _base) Settle(_text.Length);
        FlushUnknown();
    }

    public readonly void Dispose() => ArrayPool<Node>.Shared.Return(_nodes);

    /// <summary>Tries all entries that begin at a place; returns how long the character there is.</summary>
    private int Extend(int at)
    {
        var sum = _nodes[at - _base].Sum;
        var character = char.IsHighSurrogate(_text[at]) ? 2 : 1;
        var hasCharacter = false;
        var trie = _model.Trie;
        var bytes = 0;
        var node = trie.Start(_text[at]);
        for (var length = 1; node != 0; length++)
        {
            if (trie.Id(node) is >= 0 and var id)
            {
                if (_model.NeedsBytes) bytes = Encoding.UTF8.GetByteCount(_text.Slice(at, length));
                Offer(at, length, id, _model.Add(sum, id, bytes));
                hasCharacter |= length == character;
            }
            if (at + length == _text.Length) break;
            node = trie.Next(node, _text[at + length]);
        }
        if (!hasCharacter) Offer(at, character, _model.UnknownId, _model.Round(sum + _model.UnknownScore));
        return character;
    }

    private void Offer(int at, int length, int id, double sum)
    {
        var end = at - _base + length;
        if (end >= _made) Make(end + 1);
        ref var node = ref _nodes[end];
        if (node.Length == 0 || sum > node.Sum) node = new Node { Sum = _model.Round(sum), Id = id, Length = length };
    }

    private void Make(int count)
    {
        if (count > _nodes.Length)
        {
            var larger = ArrayPool<Node>.Shared.Rent(Math.Max(count, 2 * _nodes.Length));
            _nodes.AsSpan(0, _made).CopyTo(larger);
            ArrayPool<Node>.Shared.Return(_nodes);
            _nodes = larger;
        }
        _nodes.AsSpan(_made, count - _made).Clear();
        _made = count;
    }

    /// <summary>Takes the best way to a place that all ways pass, and begins anew there.</summary>
    private void Settle(int at)
    {
        // The way back is turned round in place: each node learns how long the entry is that begins there.
        var (place, length, id) = (at - _base, 0, -1);
        while (true)
        {
            var node = _nodes[place];
            (_nodes[place].Length, _nodes[place].Id) = (length, id);
            if (place == 0) break;
            (length, id) = (node.Length, node.Id);
            place -= length;
        }
        for (place = 0; place < at - _base; place += _nodes[place].Length) Take(_nodes[place].Id, _base + place, _nodes[place].Length);
        _nodes[0] = new Node { Sum = _nodes[at - _base].Sum };
        (_base, _made) = (at, 1);
    }

    private void Take(int id, int start, int length)
    {
        if (id == _model.UnknownId)
        {
            // In both libraries, unknown neighbours are one.
            if (_unknownStart < 0) _unknownStart = start;
            _unknownEnd = start + length;
            return;
        }
        FlushUnknown();
        _tokens.Add(id, start, length);
    }

    private void FlushUnknown()
    {
        if (_unknownStart < 0) return;
        _model.AddUnknown(_text, _unknownStart, _unknownEnd, _tokens);
        _unknownStart = -1;
    }
}
