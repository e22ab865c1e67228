using System.Text.Json;
using Bantam.Checkpoints;

namespace Bantam.Tests;

/// <summary>The real trained model of the shared data, stories260K, and what an independent implementation says of it.</summary>
internal static class StoriesFile
{
    public static string ModelPath => SharedData.Path("weights", "stories260K", "stories260K.bin");

    public static string TokenizerPath => SharedData.Path("weights", "stories260K", "tok512.bin");

    public static Checkpoint Open() => Checkpoint.Open(ModelPath, TokenizerPath);

    public static JsonElement Golden()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(SharedData.Path("weights", "stories260K", "golden.json")));
        return json.RootElement.Clone();
    }

    public static int[] Ids(JsonElement golden, string section, string name) =>
        [.. golden.GetProperty(section).GetProperty(name).EnumerateArray().Select(e => e.GetInt32())];
}
