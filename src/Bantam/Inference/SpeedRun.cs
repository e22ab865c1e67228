using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Models;

namespace Bantam.Inference;

/// <summary>What a <see cref="SpeedTest"/> repeats: prompts of random tokens read, and greedy tokens written behind them.</summary>
internal sealed class SpeedRun : IDisposable
{
    private readonly CausalLm _model;
    private readonly SpeedOptions _options;
    private readonly CancellationToken _cancellation;
    private readonly Pass _pass;
    private readonly int[][] _texts;
    private readonly int[] _next;
    private readonly Row[] _rows;

    public SpeedRun(CausalLm model, Workers workers, SpeedOptions options, CancellationToken cancellation)
    {
        (_model, _options, _cancellation) = (model, options, cancellation);
        var random = new Random(1);
        var length = options.Depth > 0 ? options.Depth : Math.Max(1, options.PromptTokens);
        _texts = [.. Enumerable.Range(0, options.Depth > 0 ? 1 : options.Sequences).Select(_ => Enumerable.Range(0, length).Select(_ => random.Next(model.Config.VocabSize)).ToArray())];
        _next = new int[options.Sequences];
        _rows = new Row[Math.Max(options.Chunk, options.Sequences)];
        Cache = model.NewCache(options.Sequences, length + options.NewTokens + 1, options.CacheType, options.Chunk, options.ValueCacheType);
        _pass = new Pass(workers, Cache);
    }

    /// <summary>Keys and values.</summary>
    public KvCache Cache { get; }

    /// <summary>Bytes of activations at the widest moment so far.</summary>
    public long ScratchBytes => _pass.PeakBytes;

    /// <summary>The first token alone: the model is there when it is done.</summary>
    public void ReadFirst()
    {
        _rows[0] = new Row(_texts[0][0], 0, WantsLogits: true);
        Run(1);
    }

    /// <summary>Puts all sequences behind their prompts, or behind the text of the depth, which stays from the first time on.</summary>
    public void Read()
    {
        if (_options.Depth == 0)
        {
            for (var sequence = 0; sequence < _texts.Length; sequence++) Read(sequence);
            return;
        }
        if (Cache.Length(0) >= _options.Depth && Cache.CanTruncate(0, _options.Depth)) Cache.Truncate(0, _options.Depth);
        else Read(0);
        for (var sequence = 1; sequence < _options.Sequences; sequence++)
        {
            Cache.Fork(0, sequence, _options.Depth);
            _next[sequence] = _next[0];
        }
    }

    /// <summary>Writes the new tokens of all sequences.</summary>
    public void Write()
    {
        for (var i = 0; i < _options.NewTokens; i++)
        {
            _cancellation.ThrowIfCancellationRequested();
            for (var sequence = 0; sequence < _options.Sequences; sequence++)
                _rows[sequence] = new Row(_next[sequence], Cache.Length(sequence), sequence, WantsLogits: true);
            Run(_options.Sequences);
        }
    }

    public void Dispose()
    {
        _pass.Dispose();
        Cache.Dispose();
    }

    private void Read(int sequence)
    {
        var text = _texts[sequence];
        Cache.Truncate(sequence, 0);
        while (Cache.Length(sequence) < text.Length)
        {
            _cancellation.ThrowIfCancellationRequested();
            var from = Cache.Length(sequence);
            var n = Math.Min(_options.Chunk, text.Length - from);
            for (var i = 0; i < n; i++) _rows[i] = new Row(text[from + i], from + i, sequence, WantsLogits: from + i == text.Length - 1);
            Run(n);
        }
    }

    // The likeliest token of each row that wants logits is its sequence's next.
    private void Run(int count)
    {
        _pass.Reset();
        var rows = _rows.AsSpan(0, count);
        var hidden = _model.Forward(_pass, rows);
        if (!rows[^1].WantsLogits) return;
        var logits = _model.Logits(_pass, hidden);
        var w = 0;
        foreach (var row in rows)
            if (row.WantsLogits) _next[row.Sequence] = Sampler.Largest(logits.RowSpan<float>(w++));
    }
}
