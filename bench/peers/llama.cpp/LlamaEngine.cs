using static Bantam.Peers.LlamaCpp.LlamaApi;

namespace Bantam.Peers.LlamaCpp;

/// <summary>
/// One model in llama.cpp's CPU engine, set up as a numeric reference: keys and values in F32, no flash attention, weights
/// in the layout of the file, one thread.
/// </summary>
internal sealed unsafe class LlamaEngine : IDisposable
{
    private const int Chunk = 256;
    private const int TypeF32 = 0;
    private readonly nint _model;
    private readonly nint _context;
    private readonly int _vocabulary;

    /// <summary>Loads <paramref name="file"/> for texts of up to <paramref name="length"/> tokens.</summary>
    public LlamaEngine(string file, int length = Chunk)
    {
        var modelParams = llama_model_default_params();
        modelParams.UseExtraBufferTypes = 0;
        _model = llama_model_load_from_file(file, modelParams);
        if (_model == 0) throw new InvalidDataException($"llama.cpp does not load {file}");

        var contextParams = llama_context_default_params();
        // The library takes multiples of 256.
        var context = (uint)((length + Chunk - 1) / Chunk * Chunk);
        contextParams.Context = context;
        contextParams.Batch = contextParams.MicroBatch = Chunk;
        contextParams.OutputsPerSequence = 0;
        contextParams.Threads = contextParams.ThreadsBatch = 1;
        contextParams.FlashAttention = 0;
        contextParams.TypeK = contextParams.TypeV = TypeF32;
        _context = llama_init_from_model(_model, contextParams);
        if (_context == 0) throw new InvalidDataException($"llama.cpp makes no context for {file}");
        if (llama_n_ctx(_context) != context || llama_n_threads(_context) != 1) throw Layout("llama_context_params");
        _vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(_model));
    }

    /// <summary>llama.cpp's version.</summary>
    public static string Version() => GgmlLibrary.Text(llama_version());

    /// <summary>Logits after each token of a text, [T, V].</summary>
    public float[] Logits(ReadOnlySpan<int> text) => Logits(text, [.. Enumerable.Range(0, text.Length)]);

    /// <summary>Logits after the tokens at <paramref name="positions"/>, one row each.</summary>
    public float[] Logits(ReadOnlySpan<int> text, int[] positions)
    {
        var logits = new float[positions.Length * _vocabulary];
        var batch = llama_batch_init(Chunk, 0, 1);
        for (var first = 0; first < text.Length; first += Chunk)
        {
            batch.Count = Math.Min(Chunk, text.Length - first);
            for (var i = 0; i < batch.Count; i++)
            {
                batch.Token[i] = text[first + i];
                batch.Position[i] = first + i;
                batch.SequenceCount[i] = 1;
                batch.Sequence[i][0] = 0;
                batch.WantsLogits[i] = (sbyte)(positions.Contains(first + i) ? 1 : 0);
            }
            var status = llama_decode(_context, batch);
            if (status != 0) throw new InvalidOperationException($"llama_decode gave {status}");
            for (var i = 0; i < batch.Count; i++)
                if (Array.IndexOf(positions, first + i) is >= 0 and var row)
                    new ReadOnlySpan<float>(llama_get_logits_ith(_context, i), _vocabulary).CopyTo(logits.AsSpan(row * _vocabulary));
        }
        llama_batch_free(batch);
        return logits;
    }

    public void Dispose()
    {
        llama_free(_context);
        llama_model_free(_model);
    }
}
