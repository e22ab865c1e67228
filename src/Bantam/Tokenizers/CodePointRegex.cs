using System.Buffers;

namespace Bantam.Tokenizers;

/// <summary>
/// Finds matches of a pattern in text, on code points: leftmost, the first alternative that leads to a match, greedy, with
/// backtracking, as the engines that tokenizers were made with do (Oniguruma; Rust's regex and fancy-regex).
/// </summary>
/// <remarks>
/// Runs of one class are one entry on the stack, and an alternative that begins with such a run and failed is not tried
/// again within it; so every pattern of a known rule takes time linear in the text. Others are bounded by steps.
/// </remarks>
internal sealed class CodePointRegex
{
    // Larger programs come only from counts within counts.
    private const int MostNodes = 10_000;

    private readonly List<Node> _nodes = [];
    private readonly int[] _starts;
    private readonly UInt128[] _firsts;
    private readonly SearchValues<char> _neverFirst;
    private readonly string _pattern;
    private readonly string _source;

    private enum Op
    {
        One,
        Run,
        Split,
        Jump,
        Look,
        Atomic,
        Boundary,
        End,
        Match,
    }

    /// <summary>An instruction. Split goes to <paramref name="A"/> first and to <paramref name="B"/> if that fails; Look and Atomic go on at A.</summary>
    private readonly record struct Node(Op Op, int A = 0, int B = 0, CodePointSet? Set = null);

    /// <summary>Where to go on when what was tried fails; a run gives back code points down to <paramref name="Least"/>.</summary>
    private readonly record struct Choice(int Node, int At, int Least);

    /// <summary>Reads and compiles a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="source">The file that it is in, for errors; else what it is for.</param>
    /// <exception cref="ModelFileException">BT1045: it uses something that is not read.</exception>
    public CodePointRegex(string pattern, string source = "pre-tokenizer")
    {
        (_pattern, _source) = (pattern, source);
        var read = PatternParser.Read(pattern, source);
        var parts = read is Pattern.Choice choice ? choice.Parts : [read];
        _starts = new int[parts.Count];
        for (var i = 0; i < _starts.Length; i++)
        {
            _starts[i] = _nodes.Count;
            Compile(parts[i]);
            Add(new Node(Op.Match));
        }
        _firsts = Array.ConvertAll(_starts, start => FirstsOf(start));
        var any = _firsts.Aggregate(UInt128.Zero, (all, first) => all | first);
        _neverFirst = SearchValues.Create([.. Enumerable.Range(0, 128).Where(c => ((any >> c) & 1) == 0).Select(c => (char)c)]);
    }

    /// <summary>How many steps a search of a text of <paramref name="length"/> units may take; the patterns of known rules need a few per unit.</summary>
    public static long Budget(int length) => 10_000 + (100L * length);

    /// <summary>The first match that begins at <paramref name="start"/> or later; an empty range where there is none.</summary>
    /// <param name="text">The text; what look-ahead and <c>$</c> see ends with it.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="steps">How many steps may be taken; those taken are subtracted.</param>
    /// <exception cref="BantamException">BT1038: there were more.</exception>
    public (int Start, int End) Find(ReadOnlySpan<char> text, int start, ref long steps)
    {
        Span<Choice> few = stackalloc Choice[16];
        using var run = new Run(this, text, few, steps);
        // What begins within a run from which its alternative failed fails too: it could only go on at places that were tried.
        Span<int> failed = _starts.Length <= 32 ? stackalloc int[_starts.Length] : new int[_starts.Length];
        failed.Clear();
        for (var at = start; at < text.Length;)
        {
            var next = text[at..].IndexOfAnyExcept(_neverFirst);
            if (next < 0) break;
            at += next;
            for (var i = 0; i < _starts.Length; i++)
            {
                if (at < failed[i] || (text[at] < 128 && ((_firsts[i] >> text[at]) & 1) == 0)) continue;
                var end = run.Match(_starts[i], at);
                if (end >= 0)
                {
                    steps = run.Steps;
                    return (at, end);
                }
                if (_nodes[_starts[i]] is { Op: Op.Run, B: int.MaxValue }) failed[i] = run.FirstRun;
            }
            CodePoints.At(text, at, out var length);
            at += length;
        }
        steps = run.Steps;
        return (text.Length, text.Length);
    }

    // The ASCII characters that a match from this instruction can begin with; all where it may take none.
    private UInt128 FirstsOf(int node)
    {
        var firsts = UInt128.Zero;
        var (open, seen) = (new Stack<int>([node]), new HashSet<int>());
        while (open.TryPop(out var at))
        {
            if (!seen.Add(at)) continue;
            switch (_nodes[at])
            {
                case { Op: Op.One or Op.Run } taken:
                    firsts |= taken.Set!.Ascii;
                    if (taken is { Op: Op.Run, A: 0 }) open.Push(at + 1);
                    break;
                case { Op: Op.Split } split:
                    open.Push(split.A);
                    open.Push(split.B);
                    break;
                case { Op: Op.Jump } jump:
                    open.Push(jump.A);
                    break;
                default:
                    return UInt128.MaxValue;
            }
        }
        return firsts;
    }

    private int Add(Node node)
    {
        if (_nodes.Count == MostNodes) throw new ModelFileException("BT1045", _source, "pattern", _pattern, $"counts that make more than {MostNodes} steps are not read");
        _nodes.Add(node);
        return _nodes.Count - 1;
    }

    private void Compile(Pattern pattern)
    {
        switch (pattern)
        {
            case Pattern.One one:
                Add(new Node(Op.One, Set: one.Set));
                break;
            case Pattern.Sequence sequence:
                foreach (var part in sequence.Parts) Compile(part);
                break;
            case Pattern.Choice choice:
                CompileChoice(choice.Parts);
                break;
            case Pattern.Repeat { Part: Pattern.One one } run:
                Add(new Node(Op.Run, run.Least, run.Most, one.Set));
                break;
            case Pattern.Repeat repeat:
                CompileRepeat(repeat);
                break;
            case Pattern.LookAhead look:
                var at = Add(new Node(Op.Look));
                Compile(look.Part);
                Add(new Node(Op.Match));
                _nodes[at] = new Node(Op.Look, _nodes.Count, look.Negative ? 1 : 0);
                break;
            case Pattern.Atomic atomic:
                var begin = Add(new Node(Op.Atomic));
                Compile(atomic.Part);
                Add(new Node(Op.Match));
                _nodes[begin] = new Node(Op.Atomic, _nodes.Count);
                break;
            case Pattern.Boundary boundary:
                Add(new Node(Op.Boundary, B: boundary.Negative ? 1 : 0));
                break;
            default:
                Add(new Node(Op.End));
                break;
        }
    }

    private void CompileChoice(IReadOnlyList<Pattern> parts)
    {
        var ends = new List<int>();
        foreach (var part in parts.SkipLast(1))
        {
            var split = Add(new Node(Op.Split));
            Compile(part);
            ends.Add(Add(new Node(Op.Jump)));
            _nodes[split] = new Node(Op.Split, split + 1, _nodes.Count);
        }
        Compile(parts[^1]);
        foreach (var end in ends) _nodes[end] = new Node(Op.Jump, _nodes.Count);
    }

    private void CompileRepeat(Pattern.Repeat repeat)
    {
        for (var i = 0; i < repeat.Least; i++) Compile(repeat.Part);
        if (repeat.Most == int.MaxValue)
        {
            var split = Add(new Node(Op.Split));
            Compile(repeat.Part);
            Add(new Node(Op.Jump, split));
            _nodes[split] = new Node(Op.Split, split + 1, _nodes.Count);
            return;
        }
        var splits = new List<int>();
        for (var i = repeat.Least; i < repeat.Most; i++)
        {
            splits.Add(Add(new Node(Op.Split)));
            Compile(repeat.Part);
        }
        foreach (var split in splits) _nodes[split] = new Node(Op.Split, split + 1, _nodes.Count);
    }

    /// <summary>One search: its stack and its steps.</summary>
    private ref struct Run(CodePointRegex regex, ReadOnlySpan<char> text, Span<Choice> few, long steps) : IDisposable
    {
        private readonly ReadOnlySpan<char> _text = text;
        private Span<Choice> _stack = few;
        private Choice[]? _rented;
        private int _count;

        public long Steps { get; private set; } = steps;

        /// <summary>Where the run ended that the last match began with.</summary>
        public int FirstRun { get; private set; }

        /// <summary>The end of the match of the program at <paramref name="node"/> that begins at <paramref name="at"/>, or −1.</summary>
        public int Match(int node, int at, bool isAhead = false)
        {
            var (bottom, begin, start) = (_count, node, at);
            while (true)
            {
                Spend(1);
                var current = regex._nodes[node];
                var next = current.Op switch
                {
                    Op.One => TakeOne(current.Set!, ref at) ? node + 1 : -1,
                    Op.Run => TakeRun(current, node, ref at, isFirst: !isAhead && node == begin && at == start),
                    Op.Split => TakeSplit(current, at),
                    Op.Jump => current.A,
                    Op.Look => (Match(node + 1, at, isAhead: true) >= 0) == (current.B == 0) ? current.A : -1,
                    Op.Atomic => TakeWhole(node, ref at) ? current.A : -1,
                    Op.Boundary => IsBoundary(at) == (current.B == 0) ? node + 1 : -1,
                    Op.End => at == _text.Length || _text[at] == '\n' ? node + 1 : -1,
                    _ => -2,
                };
                if (next == -2)
                {
                    _count = bottom;
                    return at;
                }
                if (next >= 0) node = next;
                else if (!TryBack(bottom, ref node, ref at)) return -1;
            }
        }

        public readonly void Dispose()
        {
            if (_rented is not null) ArrayPool<Choice>.Shared.Return(_rented);
        }

        private bool TakeWhole(int node, ref int at)
        {
            var end = Match(node + 1, at, isAhead: true);
            if (end >= 0) at = end;
            return end >= 0;
        }

        private readonly bool IsBoundary(int at)
        {
            var before = at > 1 && char.IsSurrogatePair(_text[at - 2], _text[at - 1]) ? at - 2 : at - 1;
            return (before >= 0 && CodePoints.IsInWord(_text, before)) != (at < _text.Length && CodePoints.IsInWord(_text, at));
        }

        private readonly bool TakeOne(CodePointSet set, ref int at)
        {
            if (at >= _text.Length || !set.Contains(CodePoints.At(_text, at, out var length))) return false;
            at += length;
            return true;
        }

        private int TakeRun(in Node run, int node, ref int at, bool isFirst)
        {
            var (taken, least) = (0, at);
            while (taken < run.B && TakeOne(run.Set!, ref at))
                if (++taken == run.A) least = at;
            Spend(taken);
            if (isFirst) FirstRun = at;
            if (taken < run.A) return -1;
            if (at > least) Push(new Choice(node + 1, at, least));
            return node + 1;
        }

        private int TakeSplit(in Node split, int at)
        {
            Push(new Choice(split.B, at, at));
            return split.A;
        }

        // A run's entry stays until it has given back all it may; a split's is used once.
        private bool TryBack(int bottom, ref int node, ref int at)
        {
            if (_count == bottom) return false;
            ref var top = ref _stack[_count - 1];
            (node, at) = (top.Node, top.At);
            if (top.At == top.Least)
            {
                _count--;
                return true;
            }
            at -= at - 2 >= top.Least && char.IsSurrogatePair(_text[at - 2], _text[at - 1]) ? 2 : 1;
            if (at == top.Least) _count--;
            else top = top with { At = at };
            return true;
        }

        private void Push(Choice choice)
        {
            if (_count == _stack.Length)
            {
                var larger = ArrayPool<Choice>.Shared.Rent(2 * _count);
                _stack.CopyTo(larger);
                if (_rented is not null) ArrayPool<Choice>.Shared.Return(_rented);
                _stack = _rented = larger;
            }
            _stack[_count++] = choice;
        }

        private void Spend(int steps)
        {
            if ((Steps -= steps) < 0)
                throw new BantamException("BT1038", $"splitting a text of {_text.Length} characters by the pattern {ModelFileException.Printable(regex._pattern)} takes too many steps; shorter texts may do");
        }
    }
}
