using System.Runtime.InteropServices;

namespace Bantam.Peers.LlamaCpp;

/// <summary>
/// The part of llama.cpp's C interface that these programs use. Structures travel by value, so a wrong size or offset would
/// go unnoticed: <see cref="CheckLayout"/> looks before anything is measured or compared.
/// </summary>
internal static unsafe class LlamaApi
{
    /// <summary>Refuses a library that lays its structures out otherwise.</summary>
    /// <exception cref="InvalidDataException">It does.</exception>
    public static void CheckLayout()
    {
        CheckSize("llama_model_default_params", sizeof(ModelParams));
        CheckSize("llama_context_default_params", sizeof(ContextParams));
        // The documented defaults stand where they are looked for.
        if (llama_model_default_params() is not { GpuLayers: -1, VocabOnly: 0, UseExtraBufferTypes: 1 }) throw Layout("llama_model_params");
        if (llama_context_default_params() is not { Context: 512, Batch: 2048, MicroBatch: 512, Sequences: 1, OutputsPerSequence: 1, FlashAttention: -1, TypeK: 1, TypeV: 1, OffloadsKv: 1, IsUnified: 0 })
            throw Layout("llama_context_params");
        var batch = llama_batch_init(8, 0, 1);
        if (batch.Count != 0 || batch.Embedding is not null || batch.Token is null || batch.Position is null || batch.SequenceCount is null || batch.Sequence is null || batch.WantsLogits is null)
            throw Layout("llama_batch");
        llama_batch_free(batch);
    }

    /// <summary>The refusal.</summary>
    public static InvalidDataException Layout(string type) => new($"{type} is laid out otherwise in this version of llama.cpp");

    // On x64 such a structure is written through a hidden pointer: what the library writes over two different fillings, and
    // no more, is the structure, up to padding at its end.
    private static void CheckSize(string function, int expected)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64) return;
        const int Room = 1024;
        byte* once = stackalloc byte[Room], again = stackalloc byte[Room];
        NativeMemory.Fill(once, Room, 0x11);
        NativeMemory.Fill(again, Room, 0xEE);
        var fill = (delegate* unmanaged<byte*, byte*>)GgmlLibrary.Export(function, "llama");
        fill(once);
        fill(again);
        var written = Room;
        while (written > 0 && once[written - 1] != again[written - 1]) written--;
        if (written > expected || written <= expected - sizeof(long)) throw Layout(function);
    }

    // Only the fields used here have names; sizes and offsets are those of 64-bit systems.
    [StructLayout(LayoutKind.Explicit, Size = 80)]
    internal struct ModelParams
    {
        [FieldOffset(16)]
        public int GpuLayers;
        [FieldOffset(72)]
        public byte VocabOnly;
        [FieldOffset(74)]
        public byte UseExtraBufferTypes;
    }

    [StructLayout(LayoutKind.Explicit, Size = 160)]
    internal struct ContextParams
    {
        [FieldOffset(0)]
        public uint Context;
        [FieldOffset(4)]
        public uint Batch;
        [FieldOffset(8)]
        public uint MicroBatch;
        [FieldOffset(12)]
        public uint Sequences;
        [FieldOffset(24)]
        public uint OutputsPerSequence;
        [FieldOffset(28)]
        public int Threads;
        [FieldOffset(32)]
        public int ThreadsBatch;
        [FieldOffset(52)]
        public int FlashAttention;
        [FieldOffset(104)]
        public int TypeK;
        [FieldOffset(108)]
        public int TypeV;
        [FieldOffset(129)]
        public byte OffloadsKv;
        [FieldOffset(133)]
        public byte IsUnified;
    }

    [StructLayout(LayoutKind.Explicit, Size = 56)]
    internal struct Batch
    {
        [FieldOffset(0)]
        public int Count;
        [FieldOffset(8)]
        public int* Token;
        [FieldOffset(16)]
        public float* Embedding;
        [FieldOffset(24)]
        public int* Position;
        [FieldOffset(32)]
        public int* SequenceCount;
        [FieldOffset(40)]
        public int** Sequence;
        [FieldOffset(48)]
        public sbyte* WantsLogits;
    }

    [DllImport("ggml")]
    public static extern nint ggml_backend_dev_by_type(int type);

    [DllImport("ggml-base")]
    public static extern nint ggml_backend_dev_backend_reg(nint device);

    [DllImport("ggml-base")]
    public static extern nint ggml_backend_reg_get_proc_address(nint registry, [MarshalAs(UnmanagedType.LPUTF8Str)] string name);

    [DllImport("ggml-base")]
    public static extern void ggml_threadpool_params_init(byte* parameters, int threads);

    [DllImport("llama")]
    public static extern byte* llama_version();

    [DllImport("llama")]
    public static extern void llama_log_set(delegate* unmanaged<int, byte*, void*, void> callback, void* user);

    [DllImport("llama")]
    public static extern ModelParams llama_model_default_params();

    [DllImport("llama")]
    public static extern nint llama_model_load_from_file([MarshalAs(UnmanagedType.LPUTF8Str)] string path, ModelParams parameters);

    [DllImport("llama")]
    public static extern void llama_model_free(nint model);

    [DllImport("llama")]
    public static extern nint llama_model_get_vocab(nint model);

    [DllImport("llama")]
    public static extern int llama_vocab_n_tokens(nint vocabulary);

    [DllImport("llama")]
    public static extern int llama_tokenize(nint vocabulary, byte* text, int length, int* tokens, int room, byte addSpecial, byte parseSpecial);

    [DllImport("llama")]
    public static extern ContextParams llama_context_default_params();

    [DllImport("llama")]
    public static extern nint llama_init_from_model(nint model, ContextParams parameters);

    [DllImport("llama")]
    public static extern void llama_free(nint context);

    [DllImport("llama")]
    public static extern void llama_attach_threadpool(nint context, nint pool, nint batchPool);

    [DllImport("llama")]
    public static extern uint llama_n_ctx(nint context);

    [DllImport("llama")]
    public static extern uint llama_n_seq_max(nint context);

    [DllImport("llama")]
    public static extern int llama_n_threads(nint context);

    [DllImport("llama")]
    public static extern nint llama_get_memory(nint context);

    [DllImport("llama")]
    public static extern void llama_memory_clear(nint memory, byte data);

    [DllImport("llama")]
    public static extern byte llama_memory_seq_rm(nint memory, int sequence, int from, int to);

    [DllImport("llama")]
    public static extern Batch llama_batch_init(int tokens, int embedding, int sequences);

    [DllImport("llama")]
    public static extern void llama_batch_free(Batch batch);

    [DllImport("llama")]
    public static extern int llama_decode(nint context, Batch batch);

    [DllImport("llama")]
    public static extern float* llama_get_logits_ith(nint context, int i);
}
