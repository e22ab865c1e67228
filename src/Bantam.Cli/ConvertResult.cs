using Bantam.Checkpoints;
using Bantam.Tensors;

namespace Bantam.Cli;

/// <summary>What a conversion wrote, for people and for programs; <c>docs/cli.md</c> describes the fields.</summary>
internal sealed class ConvertResult(ConvertTarget target, long? predicted, IReadOnlyList<string> notices)
{
    private readonly List<(DType Type, int Tensors, long Elements)> _types = Types(target.Path);

    private readonly long _bytes = target.IsGguf
        ? new FileInfo(target.Path).Length
        : Directory.EnumerateFiles(target.Path, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);

    public void WriteText(CliOutput output)
    {
        var types = string.Join(", ", _types.Select(t => $"{t.Tensors} in {t.Type}"));
        output.Line($"{SafeText.OneLine(target.Path)}: {Tables.Bytes(_bytes)}, {_types.Sum(t => t.Tensors)} tensors, {types}");
    }

    // As inspect counts them: a GGUF file stacks experts in one tensor, and has tables that a directory has not.
    private static List<(DType Type, int Tensors, long Elements)> Types(string path)
    {
        using var written = InspectedFile.Open(path);
        return [.. written.Tensors.GroupBy(t => t.View.DType).Select(g => (g.Key, g.Count(), g.Sum(t => t.View.Shape.Count))).OrderByDescending(t => t.Key.Bytes(t.Item3))];
    }

    public void WriteJson(CliOutput output, string input, Checkpoint checkpoint) => output.Json(json =>
    {
        json.Write("input", input);
        json.Write("input_container", checkpoint.Container);
        json.Write("input_bytes", checkpoint.FileBytes);
        json.Write("output", target.Path);
        json.Write("container", (target.IsGguf ? ModelContainer.Gguf : ModelContainer.HuggingFaceDirectory).Name());
        json.Write("bytes", _bytes);
        json.Write("predicted_bytes", predicted);
        json.Write("tensor_count", _types.Sum(t => t.Tensors));
        json.Array("types", _types, type =>
        {
            json.Write("type", type.Type.Name);
            json.Write("tensors", type.Tensors);
            json.Write("elements", type.Elements);
            json.Write("bytes", type.Type.Bytes(type.Elements));
        });
        json.WriteStartArray("notices");
        foreach (var notice in notices) json.WriteStringValue(notice);
        json.WriteEndArray();
    });
}
