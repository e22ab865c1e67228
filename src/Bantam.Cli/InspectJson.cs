using System.Text.Json;

namespace Bantam.Cli;

/// <summary>The content of a model file for programs; <c>docs/cli.md</c> describes the fields.</summary>
internal static class InspectJson
{
    public static void Write(CliOutput output, string path, InspectedFile file, bool tensors, IReadOnlyDictionary<string, ValueScan?>? scans) => output.Json(json =>
    {
        json.Write("file", path);
        json.Write("container", file.Container.Name());
        json.Write("version", file.Version);
        json.Write("files", file.FileCount);
        json.Write("file_bytes", file.FileBytes);
        json.Write("tensor_count", file.Tensors.Count);
        json.Write("elements", file.Tensors.Sum(t => t.View.Shape.Count));
        json.Write("tensor_bytes", file.Tensors.Sum(t => t.View.Bytes));
        json.Array("types", ByType(file), type =>
        {
            json.Write("type", type.Type);
            json.Write("tensors", type.Tensors);
            json.Write("elements", type.Elements);
            json.Write("bytes", type.Bytes);
        });
        json.Array("metadata", file.Metadata, entry => entry.Write(json));
        if (scans is not null) json.WriteBoolean("finite", scans.Values.All(s => s is null or { IsFinite: true }));
        if (tensors || scans is not null) json.Array("tensors", file.Tensors, t => Tensor(json, t, scans));
    });

    /// <summary>Totals of each type, the one with most bytes first.</summary>
    public static IEnumerable<(string Type, int Tensors, long Elements, long Bytes)> ByType(InspectedFile file) => file.Tensors
        .GroupBy(t => t.View.DType.Name)
        .Select(g => (g.Key, g.Count(), g.Sum(t => t.View.Shape.Count), Bytes: g.Sum(t => t.View.Bytes)))
        .OrderByDescending(t => t.Bytes);

    private static void Tensor(Utf8JsonWriter json, InspectedTensor tensor, IReadOnlyDictionary<string, ValueScan?>? scans)
    {
        var shape = tensor.View.Shape;
        json.Write("name", tensor.Name);
        json.Write("type", tensor.View.DType.Name);
        json.WriteStartArray("shape");
        for (var i = 0; i < shape.Rank; i++) json.WriteNumberValue(shape[i]);
        json.WriteEndArray();
        json.Write("bytes", tensor.View.Bytes);
        if (scans is null) return;
        var scan = scans[tensor.Name];
        json.Write("min", scan?.Min);
        json.Write("max", scan?.Max);
        json.Write("mean_abs", scan?.MeanAbs);
        json.Write("nan", scan?.NaN);
        json.Write("infinite", scan?.Infinite);
    }
}
