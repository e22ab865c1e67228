using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bantam.Sizing;

namespace Bantam.Peers.Compare;

/// <summary>What was found, as a table for people and as JSON for programs.</summary>
internal static class Report
{
    /// <summary>A table in Markdown, which is also readable on a terminal, and what is missing from it.</summary>
    public static string Table(IReadOnlyList<Row> rows, IEnumerable<TestResult> results, int pairs)
    {
        string[][] cells =
        [
            ["model", "threads", "", "Bantam", "llama.cpp", "flash", "ratio", "least to greatest", "of the limit"],
            .. rows.Select(r => (string[])
            [
                r.Model, $"{r.Threads}", r.Quantity.Name, $"{Number(r.Bantam.Median)} {r.Quantity.Unit}", $"{Number(r.Peer.Median)} {r.Quantity.Unit}", r.Flash ? "on" : "off",
                Text($"{r.Ratio.Median:f2}{(r.Quantity.MoreIsBetter ? "" : " (less is better)")}"), Text($"{r.Ratio.Least:f2} to {r.Ratio.Most:f2}"), r.OfLimit is { } share ? Text($"{share:f2}") : "",
            ]),
        ];
        var widths = Enumerable.Range(0, cells[0].Length).Select(i => cells.Max(row => row[i].Length)).ToArray();
        var table = new StringBuilder();
        foreach (var (i, row) in cells.Index())
        {
            table.Append("| ").AppendJoin(" | ", row.Select((cell, column) => cell.PadRight(widths[column]))).Append(" |\n");
            if (i == 0) table.Append('|').AppendJoin('|', widths.Select(width => new string('-', width + 2))).Append("|\n");
        }
        foreach (var result in results)
            if (result.Incomplete(pairs) is { } missing)
                table.Append(Text($"\nNot measured as asked: {Path.GetFileNameWithoutExtension(result.Model)}, {result.Threads} threads, {result.Test.Name}: {missing}.\n"));
        return table.ToString();
    }

    /// <summary>What a reader must know to judge the table: a heading and a paragraph.</summary>
    public static string Heading(CompareOptions o, IReadOnlyList<TestResult> results)
    {
        var printed = results.SelectMany(r => r.Kept).Select(p => p.Runs).FirstOrDefault();
        var processor = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim();
        var memory = DeviceProbe.ThisMachine().TotalMemory / 1e9;
        var rates = results.SelectMany(r => r.Kept).Select(p => p.ReadRate / 1e9).ToList();
        return Text($"""
            ### {DateTime.UtcNow:yyyy-MM-dd} · {processor}, {Environment.ProcessorCount} processors · {Repository.Commit()}

            {printed?[0]["instruction_sets"]}; {memory:f0} GB of memory; files read at {(rates.Count > 0 ? $"{rates.Min():f0} to {rates.Max():f0}" : "?")} GB/s. llama.cpp {printed?[1]["version"]}, {printed?[1]["cpu_module"]}. Keys and values in {o.CacheType}. Medians of {o.Pairs} pairs; rounds that count in each process: {o.Rounds}; others took at most {o.MostOther} processors; discarded pairs: {results.Sum(r => r.Discarded.Count)}.


            """);
    }

    /// <summary>Every run, discarded ones too.</summary>
    public static JsonObject Json(CompareOptions o, IReadOnlyList<Row> rows, IReadOnlyList<TestResult> results) => new()
    {
        ["date"] = DateTime.UtcNow.ToString("O", CultureInfo.InvariantCulture),
        ["commit"] = Repository.Commit(),
        ["isa"] = o.OnlyAvx2 ? "avx2" : "native",
        ["rows"] = new JsonArray([.. rows.Select(r => new JsonObject
        {
            ["model"] = r.Model,
            ["threads"] = r.Threads,
            ["quantity"] = r.Quantity.Name,
            ["unit"] = r.Quantity.Unit,
            ["more_is_better"] = r.Quantity.MoreIsBetter,
            ["bantam"] = JsonSerializer.SerializeToNode(r.Bantam),
            ["llama.cpp"] = JsonSerializer.SerializeToNode(r.Peer),
            ["flash"] = r.Flash,
            ["ratio"] = JsonSerializer.SerializeToNode(r.Ratio),
            ["of_limit"] = r.OfLimit,
            ["pairs"] = r.Pairs,
        })]),
        ["tests"] = new JsonArray([.. results.Select(r => new JsonObject
        {
            ["model"] = r.Model,
            ["threads"] = r.Threads,
            ["test"] = r.Test.Name,
            ["incomplete"] = r.Incomplete(o.Pairs),
            ["kept"] = new JsonArray([.. r.Kept.Select(Json)]),
            ["discarded"] = new JsonArray([.. r.Discarded.Select(Json)]),
        })]),
    };

    private static JsonObject Json(Pair pair) => new()
    {
        ["other_cores"] = pair.OtherCores,
        ["read_bytes_per_second"] = pair.ReadRate,
        ["runs"] = new JsonArray([.. pair.Runs.Select(run => run.DeepClone())]),
    };

    private static string Number(double x) => x.ToString(x < 10 ? "f2" : x < 1000 ? "f1" : "f0", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
