using System.CommandLine;
using Bantam.Sizing;

namespace Bantam.Cli;

/// <summary><c>bantam fit</c>: does a model run here, in which format, with how long a context?</summary>
internal static class FitCommand
{
    public static Verb Create(CliOutput output)
    {
        var model = Options.Model();
        var context = Options.Count("--context", "TOKENS", "Context to plan for; without it 4096, or the model's own maximum where that is less");
        var format = Options.Format("--format", "Only this format, whose verdict becomes the exit code");
        var memory = Options.Size("--memory", "Plan for a device with so much memory free (8GB, 512MiB) and not for this machine");
        var cores = Options.Count("--cores", "N", "Processors of that device");
        var sequences = Options.Count("--sequences", "N", "Conversations held in memory at once; without it 1");
        var cache = new CacheArguments();
        var json = Options.Json();

        var verb = new Verb("fit", "Say whether a model runs on this machine, before anything is downloaded")
        {
            Examples =
            [
                ("bantam fit gemma-2b", "every format, on this machine"),
                ("bantam fit llama-3.1-8b --context 32768", "with a long context"),
                ("bantam fit qwen2.5-7b --memory 8GB --format Q4_K", "on another device, as an exit code"),
                ("bantam fit model.gguf --json", "a file, as JSON"),
            ],
        };
        verb.Arguments.Add(model);
        foreach (var option in (Option[])[context, format, memory, cores, sequences, .. cache.All, json]) verb.Options.Add(option);
        verb.Runs((args, _) =>
        {
            var target = ModelTarget.Resolve(args.GetRequiredValue(model));
            var (keys, values) = cache.Of(args);
            var options = new FitOptions { Context = args.GetValue(context), CacheType = keys, ValueCacheType = values };
            if (args.GetValue(format) is { } only) options = options with { Formats = [only] };
            if (args.GetValue(sequences) is { } n) options = options with { Sequences = n };

            var report = FitReport.Of(target.Footprint, Device(target, args.GetValue(memory), args.GetValue(cores)), options);
            // Where a format was asked for, the file as it is stored is only shown beside it.
            var answer = args.GetValue(format) is null ? Best(report) : report.Rows[^1];
            if (args.GetValue(json)) FitJson.Write(output, target, report, answer);
            else FitText.Write(output, target, report, answer);
            return ExitCode.Of(answer.Verdict);
        });
        return verb;
    }

    // The first of the best, which has most bits; where none fits, the last, which misses by least.
    private static FitRow Best(FitReport report) => report.Verdict == FitVerdict.DoesNotFit
        ? report.Rows[^1]
        : report.Rows.First(r => r.Verdict == report.Verdict);

    private static DeviceProfile Device(ModelTarget target, long? memory, int? cores)
    {
        // Where a model from the catalogue would be put is not decided here; the home folder is the likely disk.
        var folder = target.Path is null ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) : Path.GetDirectoryName(Path.GetFullPath(target.Path));
        var here = DeviceProbe.ThisMachine(string.IsNullOrEmpty(folder) ? null : folder);
        return memory is { } bytes
            ? new() { Name = "a device as described", TotalMemory = bytes, AvailableMemory = bytes, Cores = cores ?? here.Cores }
            : here with { Cores = cores ?? here.Cores };
    }
}
