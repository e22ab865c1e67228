using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Evaluation;

/// <summary>One model reading windows chunk by chunk: its cache, its activations, and at most a chunk of logits at a time.</summary>
internal sealed class WindowRun : ILogits
{
    private readonly CausalLm _model;
    private readonly KvCache _cache;
    private readonly Pass _pass;
    private readonly Row[] _rows;
    private readonly IReadOnlyList<int[]> _windows;

    public WindowRun(CausalLm model, Workers workers, TextWindows windows, int chunk, DType? cacheType)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(chunk, 1);
        if (windows.Length > model.Config.MaxPositionEmbeddings)
            throw new BantamException("BT4003", $"windows of {windows.Length} tokens exceed the model's context of {model.Config.MaxPositionEmbeddings}; cut the text into shorter ones");
        if (windows.VocabularySize > model.Config.VocabSize)
            throw new BantamException("BT4004", $"the tokenizer has {windows.VocabularySize} tokens and the model {model.Config.VocabSize}; is it the tokenizer of another model?");
        _model = model;
        _windows = windows.Windows;
        _rows = new Row[chunk];
        _cache = model.NewCache(1, windows.Length, cacheType);
        _pass = new Pass(workers, _cache);
    }

    /// <inheritdoc/>
    public Tensor Logits(int window, int from, int count)
    {
        var tokens = _windows[window];
        _pass.Reset();
        if (from == 0) _cache.Truncate(0, 0);
        for (var i = 0; i < count; i++) _rows[i] = new Row(tokens[from + i], from + i, Sequence: 0, WantsLogits: true);
        return _model.Logits(_pass, _model.Forward(_pass, _rows.AsSpan(0, count)));
    }

    public void Dispose()
    {
        _pass.Dispose();
        _cache.Dispose();
    }
}
