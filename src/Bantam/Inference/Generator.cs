using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Inference;

/// <summary>
/// Continues texts, one at a time: prefill in chunks, then a token per pass. Decoding allocates nothing once warm. What
/// the last text and the next prompt share at their beginning is not computed again.
/// </summary>
public sealed class Generator : IDisposable
{
    private readonly CausalLm _model;
    private readonly KvCache _cache;
    private readonly Pass _pass;
    private readonly List<int> _text;
    private readonly Row[] _rows;

    /// <summary>Prepares to generate.</summary>
    /// <param name="model">The model; stays the caller's.</param>
    /// <param name="workers">Who computes; stays the caller's.</param>
    /// <param name="context">Longest text in tokens, prompt included; the model's own maximum when null.</param>
    /// <param name="cacheType">Type of keys, see <see cref="KvTypes"/>; F16 by default.</param>
    /// <param name="chunk">Rows of a prefill pass: more are faster and take more scratch, and more cache where layers have a window.</param>
    /// <param name="valueCacheType">Type of values; that of keys by default.</param>
    public Generator(CausalLm model, Workers workers, int? context = null, DType? cacheType = null, int chunk = 512, DType? valueCacheType = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(chunk, 1);
        _model = model;
        Context = context ?? model.Config.MaxPositionEmbeddings;
        ArgumentOutOfRangeException.ThrowIfLessThan(Context, 1, nameof(context));
        _text = new List<int>(Context);
        _rows = new Row[Math.Min(chunk, Context)];
        _cache = model.NewCache(1, Context, cacheType, _rows.Length, valueCacheType);
        _pass = new Pass(workers, _cache);
    }

    /// <summary>Longest text, in tokens.</summary>
    public int Context { get; }

    /// <summary>Bytes of activations at the widest moment so far.</summary>
    public long ScratchBytes => _pass.PeakBytes;

    /// <summary>Type of keys.</summary>
    public DType CacheType => _cache.KeyType;

    /// <summary>Type of values.</summary>
    public DType ValueCacheType => _cache.ValueType;

    /// <summary>Bytes reserved for keys and values.</summary>
    public long CacheBytes => _cache.Bytes;

    /// <summary>Yields the tokens that follow <paramref name="prompt"/>.</summary>
    /// <param name="prompt">Token ids, BOS included where the model wants one.</param>
    /// <param name="options">How much, and how tokens are chosen.</param>
    /// <param name="cancellation">Ends between passes.</param>
    /// <exception cref="BantamException">The prompt is empty (BT3003) or longer than the context (BT3001).</exception>
    public IEnumerable<int> Generate(IReadOnlyList<int> prompt, GenerationOptions options, CancellationToken cancellation = default)
    {
        var sampler = new Sampler(options.Sampling, options.Vocabulary ?? _model.Config.VocabSize);
        if (options.MaxTokens < 1) yield break;
        foreach (var token in prompt) sampler.Accept(token);
        var next = sampler.Next(Prefill(prompt, cancellation));
        for (var produced = 1; !options.EosTokenIds.Contains(next); produced++)
        {
            sampler.Accept(next);
            yield return next;
            if (produced >= options.MaxTokens || _text.Count == Context) yield break;
            cancellation.ThrowIfCancellationRequested();
            next = sampler.Next(Decode(next));
        }
    }

    /// <summary>Runs a prompt, except what it shares with the text so far, and returns the logits [V] after its last token.</summary>
    public Span<float> Prefill(IReadOnlyList<int> prompt, CancellationToken cancellation = default)
    {
        if (prompt.Count == 0) throw new BantamException("BT3003", "the prompt has no tokens; begin with some text, or the BOS token of a model that has one");
        if (prompt.Count > Context) throw new BantamException("BT3001", $"the prompt has {prompt.Count} tokens and the context {Context}; ask for a longer context");
        // The last token is always run: its logits are what is wanted.
        var shared = 0;
        while (shared < Math.Min(_text.Count, prompt.Count - 1) && _text[shared] == prompt[shared]) shared++;
        // Windows that have moved on cannot go back a little, only to the beginning.
        Rewind(_cache.CanTruncate(0, shared) ? shared : 0);
        Span<float> logits = [];
        while (_text.Count < prompt.Count)
        {
            cancellation.ThrowIfCancellationRequested();
            var n = Math.Min(_rows.Length, prompt.Count - _text.Count);
            for (var i = 0; i < n; i++)
                _rows[i] = new Row(prompt[_text.Count + i], _text.Count + i, WantsLogits: _text.Count + i == prompt.Count - 1);
            logits = Run(_rows.AsSpan(0, n));
            for (var i = 0; i < n; i++) _text.Add(_rows[i].Token);
        }
        return logits;
    }

    /// <summary>Appends a token and returns the logits [V] after it; they live until the next pass.</summary>
    public Span<float> Decode(int token)
    {
        _rows[0] = new Row(token, _text.Count, WantsLogits: true);
        var logits = Run(_rows.AsSpan(0, 1));
        _text.Add(token);
        return logits;
    }

    /// <summary>Forgets the text beyond <paramref name="length"/> tokens.</summary>
    /// <exception cref="InvalidOperationException">The windows of the model have moved on; 0 is always possible.</exception>
    public void Rewind(int length = 0)
    {
        _cache.Truncate(0, length);
        _text.RemoveRange(length, _text.Count - length);
    }

    /// <summary>
    /// Takes the keys and values of a file (see <see cref="KvPrefix"/>) for the text so far, as far as <paramref name="prompt"/> begins
    /// with its tokens, and returns how many those are. A <see cref="Prefill"/> of the prompt then runs the others.
    /// </summary>
    /// <param name="path">A file that <see cref="SavePrefix"/> wrote.</param>
    /// <param name="prompt">The text that follows.</param>
    /// <param name="model">Names the model: <see cref="Checkpoints.Checkpoint.Fingerprint"/>.</param>
    /// <exception cref="BantamException">As <see cref="KvPrefix.Load"/> says; the text so far is forgotten.</exception>
    public int LoadPrefix(string path, IReadOnlyList<int> prompt, string model)
    {
        Rewind();
        _text.AddRange(KvPrefix.Load(path, _cache, 0, Identity(model), prompt));
        return _text.Count;
    }

    /// <summary>Writes the text so far with its keys and values to a file.</summary>
    /// <param name="path">A new file, or one to be replaced.</param>
    /// <param name="model">Names the model: <see cref="Checkpoints.Checkpoint.Fingerprint"/>.</param>
    public void SavePrefix(string path, string model) => KvPrefix.Save(path, _cache, 0, _text, Identity(model));

    /// <summary>Frees cache and activations.</summary>
    public void Dispose()
    {
        _pass.Dispose();
        _cache.Dispose();
    }

    // Two scalings of positions look at the context that was asked for.
    private string Identity(string model) => RopeScaling.DependsOnContext(_model.Config) ? $"{model} {Context}" : model;

    private Span<float> Run(ReadOnlySpan<Row> rows)
    {
        _pass.Reset();
        var hidden = _model.Forward(_pass, rows);
        return rows[^1].WantsLogits ? _model.Logits(_pass, hidden).RowSpan<float>(0) : [];
    }
}
