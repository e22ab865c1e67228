// Bantam beside llama.cpp on the same GGUF files, in turn, each run in a process of its own; docs/benchmarks.md says how to
// repeat it and what is measured.
using System.CommandLine;
using System.Text.Json;
using Bantam;
using Bantam.Peers.Compare;

try
{
    return CompareOptions.Command(Run).Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception e) when (e is BantamException or IOException or ArgumentException or FormatException or InvalidOperationException)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

static int Run(CompareOptions o)
{
    var libraries = Side.Libraries(o);
    try
    {
        return Compare(o, Side.All(o, libraries));
    }
    finally
    {
        // The folder of links, where not all libraries were wanted.
        if (libraries != o.Libraries) Directory.Delete(libraries, recursive: true);
    }
}

static int Compare(CompareOptions o, Side[] sides)
{
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

    var table = Report.Table(rows, results, o.Pairs);
    Console.WriteLine(table);
    if (o.Json is { } json) File.WriteAllText(json, Report.Json(o, rows, results).ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    if (o.Append is { } page) File.AppendAllText(page, "\n" + Report.Heading(o, results) + table);
    // Too few pairs are no result; an option that Bantam lacks is no failure of this run.
    return results.TrueForAll(r => r.Lacks is not null || r.Incomplete(o.Pairs) is null) ? 0 : 1;
}
