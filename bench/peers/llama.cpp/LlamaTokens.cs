using System.Text;
using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Tests.Tokenizers;
using Bantam.Tokenizers;
using static Bantam.Peers.LlamaCpp.LlamaApi;

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
            var model = Load(file);
            var texts = File.ReadAllText(file + ".inp").Split(Separator);
            var lines = File.ReadAllLines(file + ".out");
            var same = lines.Where((line, i) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).SequenceEqual(Tokens(llama_model_get_vocab(model), texts[i]))).Count();
            llama_model_free(model);
            Console.WriteLine($"{Path.GetFileName(file)}: {same} of {lines.Length}");
            good &= same == lines.Length;
        }
        return good;
    }

    /// <summary>
    /// Tokenizes random mixed texts with llama.cpp and with Bantam, says where they part, and writes the hash of llama.cpp's
    /// ids by the file's name; of each rule by other words, for a tenth of the texts. Where a rule normalises text, which llama.cpp does not, both get it normalised.
    /// </summary>
    /// <returns>Whether all texts have the same ids.</returns>
    public static bool Compare(string library, string folder, int texts)
    {
        GgmlLibrary.LoadAll(library);
        Console.WriteLine($"llama.cpp {LlamaEngine.Version()}");
        var good = true;
        foreach (var file in Directory.GetFiles(folder, "*.gguf").Order(StringComparer.Ordinal))
        {
            good &= Compare(file, Path.GetFileNameWithoutExtension(file), Read(file), texts);
        }
        if (!File.Exists(Path.Combine(folder, "gpt-2.gguf"))) return good;
        // Every name that is known with the words of GPT-2, and every rule with those of Llama 3, which join more.
        foreach (var rule in PreTokenizers.Names) good &= CompareRule(folder, "gpt-2", rule, texts / 10);
        foreach (var rule in PreTokenizers.Distinct) good &= CompareRule(folder, "llama-bpe", rule.Name, texts / 10);
        return good;
    }

    /// <summary>The same for the files of <see cref="CharacterWords"/>, and whether each puts BOS first.</summary>
    public static bool CompareCharacters(string library, string words)
    {
        GgmlLibrary.LoadAll(library);
        Console.WriteLine($"llama.cpp {LlamaEngine.Version()}");
        using var source = GgufFile.Open(words);
        var good = true;
        foreach (var (kind, name, dropsCase) in CharacterWords.All)
        {
            var (file, metadata) = (Path.GetTempFileName(), CharacterWords.Metadata(source.Metadata, kind, name, dropsCase));
            GgufWriter.Write(file, metadata, []);
            var vocabulary = Read(file);
            good &= Compare(file, CharacterWords.Label(kind, name, dropsCase), vocabulary, CharacterWords.Texts);
            var model = Load(file);
            var (theirs, ours) = (Tokens(llama_model_get_vocab(model), "a", addSpecial: true), Tokenizer.Create(vocabulary).Encode("a"));
            llama_model_free(model);
            if (!theirs.SequenceEqual(ours)) Console.WriteLine($"  around a text: llama.cpp {string.Join(' ', theirs)}, Bantam {string.Join(' ', ours)}");
            good &= theirs.SequenceEqual(ours);
            File.Delete(file);
        }
        return good;
    }

    private static bool CompareRule(string folder, string words, string rule, int texts)
    {
        var vocabulary = Read(Path.Combine(folder, $"{words}.gguf")) with { PreTokenizer = rule };
        var file = Path.GetTempFileName();
        var metadata = new GgufMetadata { ["general.architecture"] = "llama" };
        GgufTokenizer.Write(metadata, vocabulary, vocabulary.Count);
        GgufWriter.Write(file, metadata, []);
        var good = Compare(file, $"{words} by {rule}", vocabulary, texts);
        File.Delete(file);
        return good;
    }

    private static bool Compare(string file, string name, Vocabulary vocabulary, int texts)
    {
        var tokenizer = Tokenizer.Create(vocabulary);
        var model = Load(file);
        var (random, hash, same) = (new Random(MixedText.Seed), MixedText.EmptyHash, 0);
        for (var i = 0; i < texts; i++)
        {
            var text = MixedText.Comparable(random);
            if (tokenizer is ByteLevelBpe { NormalizesText: true }) text = Nfc.Normalize(text) ?? text;
            if (tokenizer is BertWords) text = MixedText.WithoutNewPunctuation(text);
            if (vocabulary.Kind is TokenizerKind.CharacterBpe) text = CharacterWords.Comparable(text, vocabulary);
            var (theirs, ours) = (Tokens(llama_model_get_vocab(model), text), tokenizer.Encode(text, addBos: false, addEos: false));
            hash = MixedText.Hash(hash, theirs);
            if (theirs.SequenceEqual(ours)) same++;
            else if (i - same < 3) Console.WriteLine($"  {JsonSerializer.Serialize(text)}\n  llama.cpp {Pieces(theirs)}\n  Bantam    {Pieces(ours)}");
        }
        llama_model_free(model);
        Console.WriteLine($"{name}: {same} of {texts}, hash {hash:x16}");
        return same == texts;

        string Pieces(int[] ids) => string.Join('|', ids.Select(id => vocabulary.Pieces[id]));
    }

    private static Vocabulary Read(string file)
    {
        using var gguf = GgufFile.Open(file);
        return GgufTokenizer.Read(gguf.Metadata, out _)!;
    }

    private static nint Load(string file)
    {
        var parameters = llama_model_default_params();
        parameters.VocabOnly = 1;
        var model = llama_model_load_from_file(file, parameters);
        return model != 0 ? model : throw new InvalidDataException($"llama.cpp does not load {file}");
    }

    private static int[] Tokens(nint vocabulary, string text, bool addSpecial = false)
    {
        var utf8 = Encoding.UTF8.GetBytes(text + "\0");
        var ids = new int[utf8.Length + 16];
        fixed (byte* bytes = utf8)
        fixed (int* room = ids)
        {
            var count = llama_tokenize(vocabulary, bytes, utf8.Length - 1, room, ids.Length, (byte)(addSpecial ? 1 : 0), 0);
            return ids[..count];
        }
    }
}
