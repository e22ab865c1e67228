using Bantam.Checkpoints;
using Bantam.Tests.Checkpoints;
using Bantam.Tests.Formats;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

/// <summary>The byte-level tokenizers that the tests use, each read once.</summary>
internal static class ByteLevelData
{
    private static readonly Dictionary<string, ByteLevelBpe> Read = [];

    /// <summary>A published vocabulary, or one from the <c>tokenizer.json</c> that Bantam writes of it.</summary>
    public static ByteLevelBpe Tokenizer(string name, bool throughJson = false)
    {
        lock (Read)
        {
            var key = $"{name} {throughJson}";
            if (!Read.TryGetValue(key, out var tokenizer)) Read[key] = tokenizer = new ByteLevelBpe(Vocabulary(name, throughJson));
            return tokenizer;
        }
    }

    /// <summary>A vocabulary of the 256 bytes, each with its own value as id, and the given pieces; merges are <c>a b</c>.</summary>
    public static Vocabulary Small(string[] merges, params ReadOnlySpan<(string Text, TokenType Type)> others)
    {
        List<(string Text, TokenType Type)> all = [.. Enumerable.Range(0, 256).Select(value => (ByteCharacters.Of((byte)value).ToString(), TokenType.Normal))];
        foreach (var merge in merges) all.Add((merge.Replace(" ", "", StringComparison.Ordinal), TokenType.Normal));
        all.AddRange(others);
        var vocabulary = GgufVocabulary.CreateByteLevel("small.gguf", [.. all.Select(piece => piece.Text)], merges, [.. all.Select(piece => (int)piece.Type)], preTokenizer: "gpt-2");
        return vocabulary;
    }

    private static Vocabulary Vocabulary(string name, bool throughJson)
    {
        using var folder = new ScratchFolder();
        var vocabulary = CarriedTokenizerTests.Make(name, folder).Vocabulary;
        if (!throughJson) return vocabulary;
        var json = folder.File("tokenizer.json");
        using (var stream = File.Create(json)) TokenizerJsonWriter.Write(stream, vocabulary);
        return HuggingFaceTokenizer.ReadJson(json);
    }
}
