using System.Numerics;
using Bantam.Tensors;
using static Bantam.Peers.LlamaCpp.LlamaApi;

namespace Bantam.Peers.LlamaCpp;

/// <summary>How <see cref="LlamaRun"/> sets llama.cpp up; all else is as the library has it.</summary>
/// <param name="Length">Tokens that a sequence may have.</param>
/// <param name="Sequences">Texts at a time, each with a cache of its own.</param>
/// <param name="Threads">Threads for prompts and for decoding.</param>
/// <param name="CacheType">Of keys and values.</param>
/// <param name="Flash">Whether attention is fused.</param>
internal sealed record LlamaSettings(int Length, int Sequences, int Threads, DType CacheType, bool Flash);

/// <summary>
/// One model in llama.cpp's CPU engine, set up for speed as its own tools do it: weights repacked where it likes to, a
/// persistent team of threads that polls, batches of 2048 in pieces of 512.
/// </summary>
internal sealed unsafe class LlamaRun : IDisposable
{
    // The library takes multiples of it, for each sequence.
    private const int Chunk = 256;
    private readonly nint _model;
    private readonly nint _context;
    private readonly nint _pool;
    private readonly Batch _batch;
    private readonly int _room;

    /// <summary>Loads a file.</summary>
    /// <exception cref="InvalidDataException">llama.cpp does not load it, or not with these settings.</exception>
    public LlamaRun(string file, LlamaSettings settings)
    {
        var modelParams = llama_model_default_params();
        modelParams.GpuLayers = 0;
        _model = llama_model_load_from_file(file, modelParams);
        if (_model == 0) throw new InvalidDataException($"llama.cpp does not load {file}");
        Vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(_model));

        var p = llama_context_default_params();
        var context = (uint)(settings.Sequences * ((settings.Length + Chunk - 1) / Chunk * Chunk));
        p.Context = context;
        p.Sequences = (uint)settings.Sequences;
        p.Threads = p.ThreadsBatch = settings.Threads;
        p.FlashAttention = settings.Flash ? 1 : 0;
        p.TypeK = p.TypeV = settings.CacheType.GgmlType;
        _room = (int)p.Batch;
        _context = llama_init_from_model(_model, p);
        if (_context == 0) throw new InvalidDataException($"llama.cpp makes no context for {file} with {settings}");
        // A field out of place would show here.
        if (llama_n_ctx(_context) < context || llama_n_seq_max(_context) != settings.Sequences || llama_n_threads(_context) != settings.Threads) throw Layout("llama_context_params");
        _pool = NewPool(settings.Threads);
        llama_attach_threadpool(_context, _pool, _pool);
        _batch = llama_batch_init(_room, 0, 1);
    }

    /// <summary>Number of tokens.</summary>
    public int Vocabulary { get; }

    /// <summary>Forgets all sequences.</summary>
    public void Clear() => llama_memory_clear(llama_get_memory(_context), 0);

    /// <summary>Forgets what stands from <paramref name="length"/> on.</summary>
    public void Truncate(int length)
    {
        if (llama_memory_seq_rm(llama_get_memory(_context), 0, length, -1) == 0) throw new InvalidDataException("llama.cpp does not truncate the cache of this model");
    }

    /// <summary>Reads tokens of a sequence, which has <paramref name="position"/> already; the largest logit after the last one.</summary>
    public int Prefill(ReadOnlySpan<int> tokens, int position, int sequence = 0)
    {
        for (var at = 0; at < tokens.Length; at += _room)
        {
            var count = Math.Min(_room, tokens.Length - at);
            for (var i = 0; i < count; i++) Put(i, tokens[at + i], position + at + i, sequence, wantsLogits: at + i == tokens.Length - 1);
            Decode(count);
        }
        return Largest((tokens.Length - 1) % _room);
    }

    /// <summary>One token of each sequence, all at <paramref name="position"/>; replaces them by those that follow.</summary>
    public void Step(Span<int> tokens, int position)
    {
        for (var i = 0; i < tokens.Length; i++) Put(i, tokens[i], position, i, wantsLogits: true);
        Decode(tokens.Length);
        for (var i = 0; i < tokens.Length; i++) tokens[i] = Largest(i);
    }

    public void Dispose()
    {
        llama_batch_free(_batch);
        llama_free(_context);
        ((delegate* unmanaged<nint, void>)OfCpu("ggml_threadpool_free"))(_pool);
        llama_model_free(_model);
    }

    private void Put(int i, int token, int position, int sequence, bool wantsLogits)
    {
        _batch.Token[i] = token;
        _batch.Position[i] = position;
        _batch.SequenceCount[i] = 1;
        _batch.Sequence[i][0] = sequence;
        _batch.WantsLogits[i] = (sbyte)(wantsLogits ? 1 : 0);
    }

    private void Decode(int count)
    {
        var batch = _batch;
        batch.Count = count;
        var status = llama_decode(_context, batch);
        if (status != 0) throw new InvalidOperationException($"llama_decode gave {status}");
    }

    private int Largest(int row)
    {
        var logits = new ReadOnlySpan<float>(llama_get_logits_ith(_context, row), Vocabulary);
        var most = new Vector<float>(float.NegativeInfinity);
        var i = 0;
        for (; i <= logits.Length - Vector<float>.Count; i += Vector<float>.Count) most = Vector.Max(most, new Vector<float>(logits[i..]));
        var largest = float.NegativeInfinity;
        for (var lane = 0; lane < Vector<float>.Count; lane++) largest = MathF.Max(largest, most[lane]);
        for (; i < logits.Length; i++) largest = MathF.Max(largest, logits[i]);
        // NaN is no index: speed on broken logits would mean nothing.
        return logits.IndexOf(largest) is >= 0 and var index && float.IsFinite(largest) ? index : throw new InvalidDataException("llama.cpp computes logits that are no numbers");
    }

    // The library fills its own defaults in; two of them tell whether they stand where they are looked for.
    private static nint NewPool(int threads)
    {
        const int ThreadsAt = 512, PollAt = 520, DefaultPoll = 50;
        var parameters = stackalloc byte[1024];
        new Span<byte>(parameters, 1024).Clear();
        ggml_threadpool_params_init(parameters, threads);
        if (*(int*)(parameters + ThreadsAt) != threads || *(int*)(parameters + PollAt) != DefaultPoll) throw Layout("ggml_threadpool_params");
        var pool = ((delegate* unmanaged<byte*, nint>)OfCpu("ggml_threadpool_new"))(parameters);
        return pool != 0 ? pool : throw new InvalidOperationException("llama.cpp makes no team of threads");
    }

    // What only the module of this processor exports.
    private static nint OfCpu(string name)
    {
        const int Cpu = 0;
        var device = ggml_backend_dev_by_type(Cpu);
        var address = device == 0 ? 0 : ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(device), name);
        return address != 0 ? address : throw new InvalidDataException($"llama.cpp's CPU module does not offer {name}");
    }
}
