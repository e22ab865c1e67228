// Bantam beside llama.cpp on the same GGUF files, in turn, each run in a process of its own; docs/benchmarks.md says how to
// repeat it and what is measured.
using System.Text.Json;
using Bantam.Peers.Compare;

return CompareOptions.Command(Run).Parse(args).Invoke();

static int Run(CompareOptions o)
{
    var libraries = Side.Libraries(o);
    var sides = Side.All(o, libraries);
    var (results, rows) = (new List<TestResult>(), new List<Row>());
    foreach (var model in o.Models)
    {
        using var limits = new ModelLimits(model);
        foreach (var threads in o.Threads)
        {
            var arithmetic = limits.ArithmeticRate(threads, o.OnlyAvx2);
            foreach (var test in Test.All(o))
            {
                var result = Comparison.Run(o, sides, limits, model, threads, test);
                results.Add(result);
                rows.AddRange(Row.Of(result, sides, limits, arithmetic, o.CacheType));
            }
        }
    }
    if (libraries != o.Libraries) Directory.Delete(libraries, recursive: true);

    var table = Report.Table(rows, results);
    Console.WriteLine(table);
    if (o.Json is { } json) File.WriteAllText(json, Report.Json(o, rows, results).ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    if (o.Append is { } page) File.AppendAllText(page, "\n" + Report.Heading(o, results) + table);
    // Too few pairs is no result.
    return results.TrueForAll(r => r.NotMeasured is not null || r.Kept.Count >= o.Pairs) ? 0 : 1;
}
