using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Formats.Llama2c;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

/// <summary>The tokenizers that the tests use, each read once.</summary>
internal static class TokenizerData
{
    private static readonly Dictionary<string, SentencePieceBpe> Read = [];

    public static string GoldenPath(string name) => Path.Combine(AppContext.BaseDirectory, "Golden", "Tokenizers", name);

    public static JsonElement Golden { get; } = JsonDocument.Parse(File.ReadAllText(GoldenPath("sentencepiece.json"))).RootElement;

    /// <summary>The hash of llama.cpp's ids of <see cref="MixedText"/> with a vocabulary.</summary>
    public static string LlamaHash(string name) => JsonDocument.Parse(File.ReadAllText(GoldenPath("llama-kinds.json"))).RootElement.GetProperty(name).GetString()!;

    public static string[] Texts { get; } = [.. Golden.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!)];

    public static SentencePieceBpe Tokenizer(string name)
    {
        lock (Read)
        {
            if (Read.TryGetValue(name, out var known)) return known;
            return Read[name] = new SentencePieceBpe(Vocabulary(name));
        }
    }

    public static Vocabulary Vocabulary(string name) => name switch
    {
        "plain" or "noprefix" => SentencePieceModel.Load(GoldenPath($"{name}.model")),
        "llama2" => SentencePieceModel.Load(SharedData.Path("tokenizers", "llama2", "tokenizer.model")),
        "llama2c" => ReadLlama2c(SharedData.Path("tokenizers", "llama2", "tokenizer.bin")),
        "llama-spm.gguf" => ReadGguf(SharedData.Path("gguf_vocab", "ggml-vocab-llama-spm.gguf")),
        "tok512" => ReadLlama2c(SharedData.Path("weights", "stories260K", "tok512.bin")),
        _ => SentencePieceModel.Load(SharedData.Path("tokenizers", "mistral", name.Replace("mistral.", "tokenizer.model."))),
    };

    /// <summary>A vocabulary with all bytes and the given pieces, for what no real file has.</summary>
    public static Vocabulary Small(params ReadOnlySpan<(string Text, float Score, TokenType Type)> pieces)
    {
        List<(string Text, float Score, TokenType Type)> all =
            [("<unk>", 0, TokenType.Unknown), ("<s>", 0, TokenType.Control), ("</s>", 0, TokenType.Control)];
        for (var value = 0; value < 256; value++) all.Add(($"<0x{value:X2}>", 0, TokenType.Byte));
        all.AddRange(pieces);
        return new Vocabulary
        {
            Source = "small.model",
            Pieces = [.. all.Select(piece => piece.Text)],
            Scores = [.. all.Select(piece => piece.Score)],
            Types = [.. all.Select(piece => piece.Type)],
            UnkId = 0,
            BosId = 1,
            EosIds = [2],
        };
    }

    /// <summary>The 32-bit FNV-1a hash of ids as little-endian integers, as the golden script computes it.</summary>
    public static string Fnv(IEnumerable<int> ids)
    {
        var hash = 2166136261u;
        foreach (var id in ids)
            for (var shift = 0; shift < 32; shift += 8) hash = (hash ^ (byte)(id >> shift)) * 16777619;
        return $"{hash:x8}";
    }

    /// <summary>A string of code points from everywhere in Unicode but without '▁', which decodes to a space by design.</summary>
    public static string RandomText(Random random)
    {
        var text = new System.Text.StringBuilder();
        for (var left = random.Next(40); left > 0; left--)
        {
            var code = random.Next(6) switch
            {
                0 => random.Next(0x80),
                1 => 0x20,
                2 => random.Next(0x80, 0x800),
                3 => random.Next(0x800, 0xD800),
                4 => random.Next(0xE000, 0x10000),
                _ => random.Next(0x10000, 0x110000),
            };
            if (code != Bantam.Tokenizers.Vocabulary.Space) text.Append(char.ConvertFromUtf32(code));
        }
        return text.ToString();
    }

    private static Vocabulary ReadGguf(string path)
    {
        using var file = GgufFile.Open(path);
        return GgufTokenizer.Read(file.Metadata, out _)!;
    }

    private static Vocabulary ReadLlama2c(string file) => Llama2cVocabulary.Create(file, Llama2cTokenizer.Read(file).Tokens);
}
