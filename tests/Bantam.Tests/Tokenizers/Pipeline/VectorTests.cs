using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers.Pipeline;

/// <summary>Published <c>tokenizer.json</c> files on the texts of transformers.js.</summary>
public class VectorTests
{
    [Theory]
    [InlineData("distilbert-base-uncased", "bert.json", "Xenova/bert-base-uncased")]
    [InlineData("phi-3-mini", "llama.json", "Xenova/llama-tokenizer")]
    public void Tokens_ids_and_texts_equal_the_vectors(string name, string file, string model)
    {
        var vocabulary = HuggingFaceTokenizer.ReadJson(SharedData.Path("tokenizers", name, "tokenizer.json"));
        var isBert = vocabulary.Kind is TokenizerKind.WordPiece;
        // What tokenizer_config.json adds.
        var tokenizer = Tokenizer.Create(vocabulary with { CleansUpSpaces = isBert, BosId = Array.IndexOf(vocabulary.Pieces, isBert ? "[CLS]" : "<s>") });
        using var vectors = JsonDocument.Parse(File.ReadAllText(SharedData.Path("vectors", "tokenizers", file)));
        var cases = vectors.RootElement.GetProperty(model).EnumerateObject().ToList();
        Assert.NotEmpty(cases);
        foreach (var vector in cases)
        {
            var text = vector.Value.GetProperty("text").GetString()!;
            var second = vector.Value.TryGetProperty("text_pair", out var pair) ? pair.GetString() : null;
            int[] expected = [.. vector.Value.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            var ids = second is null ? tokenizer.Encode(text, addBos: true, parseSpecial: true) : tokenizer.EncodePair(text, second, parseSpecial: true).Ids;
            Assert.Equal((vector.Name, string.Join(' ', expected)), (vector.Name, string.Join(' ', ids)));
            Assert.Equal((vector.Name, vector.Value.GetProperty("decoded").GetString()), (vector.Name, tokenizer.Decode(ids, keepSpecial: true)));
        }
    }
}
