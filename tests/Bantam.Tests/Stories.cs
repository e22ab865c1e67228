using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Evaluation;
using Bantam.Kernels;
using Bantam.Models;
using Bantam.Nn;
using Bantam.Tokenizers;

namespace Bantam.Tests;

/// <summary>stories260K: a small model that was really trained, and what an independent script says of it.</summary>
internal static class Stories
{
    private static readonly Lazy<Checkpoint> Opened = new(Open);

    public static string ModelPath => SharedData.Path("weights", "stories260K", "stories260K.bin");

    public static string TokenizerPath => SharedData.Path("weights", "stories260K", "tok512.bin");

    public static JsonElement Golden
    {
        get
        {
            using var json = JsonDocument.Parse(File.ReadAllText(SharedData.Path("weights", "stories260K", "golden.json")));
            return json.RootElement.Clone();
        }
    }

    public static ModelConfig Config => Opened.Value.Config;

    public static Weights Weights => new(Opened.Value.Path, Opened.Value.Weights.All);

    public static Llama Model => new(Config, Weights);

    public static Tokenizer Tokenizer => Opened.Value.CreateTokenizer();

    public static Checkpoint Open() => Checkpoint.Open(ModelPath, TokenizerPath);

    public static int[] Ids(this JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(id => id.GetInt32())];

    /// <summary>Texts in the model's own words: what it knows best, and what a change shows up on.</summary>
    public static IReadOnlyList<int[]> Sample(CausalLm model, int texts, int length, int seed)
    {
        using var workers = new Workers(1);
        return DonorText.Sample(model, Tokenizer, workers, texts * (length - 1), length, seed);
    }
}
