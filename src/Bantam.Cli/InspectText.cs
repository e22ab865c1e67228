using Bantam.Sizing;
using Spectre.Console;

namespace Bantam.Cli;

/// <summary>The content of a model file for people.</summary>
internal static class InspectText
{
    // Long enough for a path or a licence's name; a chat template is cut.
    private const int LongestValue = 100;

    public static void Write(CliOutput output, string path, InspectedFile file, bool tensors, IReadOnlyDictionary<string, ValueScan?>? scans)
    {
        output.Line($"[bold]{SafeText.OneLine(Path.GetFileName(Path.TrimEndingDirectorySeparator(path)))}[/]");
        output.Write(Tables.Facts(Facts(file)));
        if (file.Metadata.Count > 0) Metadata(output, file);
        if (file.Tensors.Count > 0) Totals(output, file);
        if ((tensors || scans is not null) && file.Tensors.Count > 0) List(output, file, scans);
        if (scans is not null) Summary(output, scans);
    }

    private static IEnumerable<(string, string)> Facts(InspectedFile file)
    {
        yield return ("container", file.Version is { } version ? $"{file.Container.Name()}, version {version}" : file.Container.Name());
        yield return ("length", file.FileCount == 1 ? Tables.Bytes(file.FileBytes) : $"{Tables.Bytes(file.FileBytes)} in {file.FileCount} files");
        yield return ("tensors", file.Tensors.Count == 0 ? "none" : $"{file.Tensors.Count:N0}");
    }

    private static void Metadata(CliOutput output, InspectedFile file)
    {
        var table = Tables.New("Metadata", "Type", "Value");
        foreach (var entry in file.Metadata)
            _ = table.AddRow(new Text(SafeText.OneLine(entry.Key, LongestValue)), new Text(entry.Type), new Text(entry.Text(LongestValue)));
        output.Write(table);
    }

    private static void Totals(CliOutput output, InspectedFile file)
    {
        var table = Tables.New("Type", ">Tensors", ">Elements", ">Bytes", ">Share");
        var all = file.Tensors.Sum(t => t.View.Bytes);
        foreach (var type in InspectJson.ByType(file))
            _ = table.AddRow($"{type.Type}", $"{type.Tensors:N0}", $"{type.Elements:N0}", ByteSize.Format(type.Bytes), all == 0 ? "" : $"{100.0 * type.Bytes / all:F1} %");
        if (table.Rows.Count > 1)
            _ = table.AddRow("all", $"{file.Tensors.Count:N0}", $"{file.Tensors.Sum(t => t.View.Shape.Count):N0}", ByteSize.Format(all), "");
        output.Write(table);
    }

    private static void List(CliOutput output, InspectedFile file, IReadOnlyDictionary<string, ValueScan?>? scans)
    {
        // Names are long; in a narrow window a tensor takes two lines.
        var stacked = output.Width < file.Tensors.Max(t => t.Name.Length) + (scans is null ? 50 : 90);
        List<string> columns = stacked ? ["Tensor", ">Bytes"] : ["Tensor", "Type", "Shape", ">Bytes"];
        if (scans is not null) columns.AddRange(stacked ? [">Smallest,\nlargest", ">Mean\nmagnitude", ""] : [">Smallest", ">Largest", ">Mean magnitude", ""]);
        var table = Tables.New([.. columns]);
        foreach (var (name, view) in file.Tensors)
        {
            var (safe, type, shape) = (SafeText.OneLine(name, LongestValue), view.DType.Name, $"{view.Shape}");
            List<string> cells = stacked ? [$"{safe}\n{type} {shape}"] : [safe, type, shape];
            cells.Add($"{view.Bytes:N0}");
            var scan = scans?[name];
            if (scan is not null) cells.AddRange(stacked ? [$"{Value(scan.Min)}\n{Value(scan.Max)}"] : [Value(scan.Min), Value(scan.Max)]);
            if (scan is not null) cells.AddRange(Value(scan.MeanAbs), Wrong(scan));
            while (cells.Count < columns.Count) cells.Add(cells.Count == columns.Count - 1 ? "not read" : "");
            _ = table.AddRow(cells.Select(c => new Text(c, scan is { IsFinite: false } ? Color.Red : Style.Plain)));
        }
        output.Write(table);
    }

    private static string Wrong(ValueScan scan) => string.Join(
        ", ", new[] { scan.NaN > 0 ? $"{scan.NaN:N0} NaN" : "", scan.Infinite > 0 ? $"{scan.Infinite:N0} infinite" : "" }.Where(w => w.Length > 0));

    // Four decimals stand under each other; very large and small values need their exponent.
    private static string Value(double value) => value == 0 || Math.Abs(value) is >= 0.001 and < 100_000 ? $"{value:F4}" : $"{value:0.00E+0}";

    private static void Summary(CliOutput output, IReadOnlyDictionary<string, ValueScan?> scans)
    {
        var bad = scans.Where(s => s.Value is { IsFinite: false }).Select(s => s.Key).ToList();
        var unread = scans.Values.Count(s => s is null);
        var rest = unread == 0 ? "" : $" Not read: {Tables.Count(unread, "tensor")} of types that bantam does not compute with.";
        if (bad.Count == 0) output.Line($"[green]Every value is finite[/] in {Tables.Count(scans.Count - unread, "tensor")}.{rest}");
        else output.Line($"[red]Not every value is finite[/]: NaN or infinite values in {Tables.Count(bad.Count, "tensor")}, first in {SafeText.OneLine(bad[0], LongestValue)}.{rest}");
    }
}
