using System.Buffers;

namespace Bantam.Tokenizers.Pipeline;

/// <summary>
/// A text on its way through the steps of a <see cref="TextPipeline"/>: its characters as they are now, and for each of
/// them which characters of the original it came of. Steps rewrite it from left to right: <see cref="Begin"/>, then
/// <see cref="Keep"/> and <see cref="Put(ReadOnlySpan{char}, int, int)"/>, then <see cref="Commit"/>.
/// </summary>
/// <remarks>Memory is rented; whoever makes one disposes of it. It has no lone surrogates: they become U+FFFD at once.</remarks>
internal sealed class AlignedText : IDisposable
{
    /// <summary>A text may grow to so many times its length, and by <see cref="Slack"/> characters more.</summary>
    public const int MostGrowth = 64;

    /// <summary>See <see cref="MostGrowth"/>.</summary>
    public const int Slack = 4096;

    private readonly long _most;
    private readonly int _given;
    private Side _now;
    private Side _next;

    /// <summary>Takes a text.</summary>
    /// <param name="text">The text, or a part of one.</param>
    /// <param name="offset">Where it begins in the whole that positions are counted in.</param>
    /// <param name="isTracked">Whether anybody asks for positions; else they are not kept.</param>
    public AlignedText(ReadOnlySpan<char> text, int offset, bool isTracked)
    {
        (_given, _most, Offset, IsTracked) = (text.Length, ((long)MostGrowth * text.Length) + Slack, offset, isTracked);
        _now = new Side(text.Length, isTracked) { Length = text.Length };
        text.CopyTo(_now.Chars);
        for (var at = text.IndexOfAnyInRange('\uD800', '\uDFFF'); at >= 0 && at < text.Length;)
        {
            CodePoints.At(text, at, out var length);
            if (length == 1 && char.IsSurrogate(text[at])) _now.Chars[at] = '\uFFFD';
            at += length;
        }
        if (!isTracked) return;
        for (var at = 0; at < text.Length; at++)
        {
            // Both halves of a pair came of the pair.
            var (before, after) = (at > 0 && char.IsLowSurrogate(_now.Chars[at]), char.IsHighSurrogate(_now.Chars[at]));
            _now.Starts![at] = offset + at - (before ? 1 : 0);
            _now.Ends![at] = offset + at + (after ? 2 : 1);
        }
    }

    /// <summary>Where the original begins in the whole that positions are counted in.</summary>
    public int Offset { get; private set; }

    /// <summary>Whether positions are kept.</summary>
    public bool IsTracked { get; }

    /// <summary>The characters as they are now.</summary>
    public ReadOnlySpan<char> Chars => _now.Chars.AsSpan(0, _now.Length);

    /// <summary>How many there are, in UTF-16 units.</summary>
    public int Length => _now.Length;

    /// <summary>How many of the next text there are already.</summary>
    public int Written => _next.Length;

    /// <summary>Where in the original the character at <paramref name="at"/> came of begins; 0 where positions are not kept.</summary>
    public int Start(int at) => _now.Starts is { } starts ? starts[at] : 0;

    /// <summary>Which characters of the original a range came of; the range may be empty.</summary>
    public TokenSpan Span(int start, int length)
    {
        if (_now.Starts is not { } starts || _now.Length == 0) return new TokenSpan(Offset, 0);
        if (length == 0) return new TokenSpan(start < _now.Length ? starts[start] : _now.Ends![_now.Length - 1], 0);
        var (first, end) = (starts[start], _now.Ends![start + length - 1]);
        return new TokenSpan(first, Math.Max(end - first, 0));
    }

    /// <summary>Begins the next text.</summary>
    public void Begin()
    {
        if (_next.Chars is null) _next = new Side(_now.Length, IsTracked);
        _next.Length = 0;
    }

    /// <summary>Takes over the characters of a range as they are.</summary>
    public void Keep(int start, int end)
    {
        Grow(end - start);
        _now.Chars.AsSpan(start, end - start).CopyTo(_next.Chars.AsSpan(_next.Length));
        if (IsTracked)
        {
            _now.Starts.AsSpan(start, end - start).CopyTo(_next.Starts.AsSpan(_next.Length));
            _now.Ends.AsSpan(start, end - start).CopyTo(_next.Ends.AsSpan(_next.Length));
        }
        _next.Length += end - start;
    }

    /// <summary>Writes characters that came of those from <paramref name="start"/> to <paramref name="end"/>, which may be none.</summary>
    /// <exception cref="BantamException">BT1080: the text has grown too much.</exception>
    public void Put(ReadOnlySpan<char> text, int start, int end)
    {
        Grow(text.Length);
        text.CopyTo(_next.Chars.AsSpan(_next.Length));
        if (IsTracked)
        {
            var span = Span(start, end - start);
            _next.Starts.AsSpan(_next.Length, text.Length).Fill(span.Start);
            _next.Ends.AsSpan(_next.Length, text.Length).Fill(span.End);
        }
        _next.Length += text.Length;
    }

    /// <summary>Writes one character: see <see cref="Put(ReadOnlySpan{char}, int, int)"/>.</summary>
    public void Put(char character, int start, int end) => Put([character], start, end);

    /// <summary>Makes the next text the present one.</summary>
    public void Commit() => (_now, _next) = (_next, _now);

    /// <summary>Lets the first character come of all from <paramref name="start"/> of the original on.</summary>
    public void Reach(int start)
    {
        if (_now.Starts is not { } starts || _now.Length == 0) return;
        CodePoints.At(Chars, 0, out var length);
        starts.AsSpan(0, length).Fill(start);
    }

    /// <summary>Changes one character in its place.</summary>
    public void Set(int at, char character) => _now.Chars[at] = character;

    /// <summary>A copy of a range, to go on with alone.</summary>
    public AlignedText Slice(int start, int end)
    {
        var slice = new AlignedText(Chars[start..end], Offset, IsTracked);
        if (!IsTracked) return slice;
        slice.Offset = _now.Starts![start];
        _now.Starts.AsSpan(start, end - start).CopyTo(slice._now.Starts);
        _now.Ends.AsSpan(start, end - start).CopyTo(slice._now.Ends);
        return slice;
    }

    /// <summary>Leaves only the characters of a range.</summary>
    public void Cut(int start, int end)
    {
        if (start == 0)
        {
            _now.Length = end;
            return;
        }
        Begin();
        Keep(start, end);
        Commit();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _now.Return();
        _next.Return();
        (_now, _next) = (default, default);
    }

    private void Grow(int by)
    {
        var length = _next.Length + (long)by;
        if (length <= _next.Chars.Length) return;
        if (length > _most)
            throw new BantamException("BT1080", $"the tokenizer makes more than {_most} characters of a text of {_given}; such a normalizer is refused");
        var larger = new Side((int)Math.Min(2 * length, _most), IsTracked) { Length = _next.Length };
        _next.Chars.AsSpan(0, _next.Length).CopyTo(larger.Chars);
        if (IsTracked)
        {
            _next.Starts.AsSpan(0, _next.Length).CopyTo(larger.Starts);
            _next.Ends.AsSpan(0, _next.Length).CopyTo(larger.Ends);
        }
        _next.Return();
        _next = larger;
    }

    private struct Side(int capacity, bool isTracked)
    {
        public readonly char[] Chars = ArrayPool<char>.Shared.Rent(capacity);
        public readonly int[]? Starts = isTracked ? ArrayPool<int>.Shared.Rent(capacity) : null;
        public readonly int[]? Ends = isTracked ? ArrayPool<int>.Shared.Rent(capacity) : null;

        public int Length { get; set; }

        public readonly void Return()
        {
            if (Chars is not null) ArrayPool<char>.Shared.Return(Chars);
            if (Starts is not null) ArrayPool<int>.Shared.Return(Starts);
            if (Ends is not null) ArrayPool<int>.Shared.Return(Ends);
        }
    }
}
