using System.Runtime.InteropServices;
using System.Text;

namespace Bantam.Peers.LlamaCpp;

/// <summary>
/// Loads the vocabularies of GGUF files and says how many of llama.cpp's own conformance cases (<c>NAME.gguf.inp</c> and
/// <c>NAME.gguf.out</c> beside them) come out as they should.
/// </summary>
internal static unsafe class LlamaTokens
{
    private const string Separator = "\n__ggml_vocab_test__\n";

    /// <returns>Whether all do.</returns>
    public static bool Check(string library, string folder)
    {
        GgmlLibrary.LoadAll(library);
        Console.WriteLine($"llama.cpp {LlamaEngine.Version()}");
        var good = true;
        foreach (var file in Directory.GetFiles(folder, "*.gguf").Order(StringComparer.Ordinal))
        {
            var parameters = llama_model_default_params();
            if (parameters is not { VocabOnly: 0, UseExtraBufferTypes: 1 }) throw new InvalidDataException("llama_model_params is laid out otherwise in this version of llama.cpp");
            parameters.VocabOnly = 1;
            var model = llama_model_load_from_file(file, parameters);
            if (model == 0) throw new InvalidDataException($"llama.cpp does not load {file}");
            var texts = File.ReadAllText(file + ".inp").Split(Separator);
            var lines = File.ReadAllLines(file + ".out");
            var same = lines.Where((line, i) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).SequenceEqual(Tokens(llama_model_get_vocab(model), texts[i]))).Count();
            llama_model_free(model);
            Console.WriteLine($"{Path.GetFileName(file)}: {same} of {lines.Length}");
            good &= same == lines.Length;
        }
        return good;
    }

    private static int[] Tokens(nint vocabulary, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text + "\0");
        var ids = new int[utf8.Length + 16];
        fixed (byte* bytes = utf8)
        fixed (int* room = ids)
        {
            var count = llama_tokenize(vocabulary, bytes, utf8.Length - 1, room, ids.Length, 0, 0);
            return ids[..count];
        }
    }

    [StructLayout(LayoutKind.Explicit, Size = 80)]
    private struct ModelParams
    {
        [FieldOffset(72)]
        public byte VocabOnly;
        [FieldOffset(74)]
        public byte UseExtraBufferTypes;
    }

    [DllImport("llama")]
    private static extern ModelParams llama_model_default_params();

    [DllImport("llama")]
    private static extern nint llama_model_load_from_file([MarshalAs(UnmanagedType.LPUTF8Str)] string path, ModelParams parameters);

    [DllImport("llama")]
    private static extern void llama_model_free(nint model);

    [DllImport("llama")]
    private static extern nint llama_model_get_vocab(nint model);

    [DllImport("llama")]
    private static extern int llama_tokenize(nint vocabulary, byte* text, int length, int* tokens, int room, byte addSpecial, byte parseSpecial);
}
