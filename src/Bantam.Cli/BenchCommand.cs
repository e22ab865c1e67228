using System.CommandLine;
using Bantam.Checkpoints;
using Bantam.Inference;
using Bantam.Sizing;
using Spectre.Console;

namespace Bantam.Cli;

/// <summary><c>bantam bench</c>: how fast a model runs here, and what it takes.</summary>
internal static class BenchCommand
{
    public static Verb Create(CliOutput output)
    {
        var usual = new SpeedOptions();
        var model = Options.File("MODEL");
        var prompt = Options.Count("--prompt-tokens", "N", $"Tokens of the prompt, chosen at random; without it {usual.PromptTokens}");
        prompt.Aliases.Add("-p");
        var tokens = Options.Count("--tokens", "N", $"Tokens decoded after it; without it {usual.NewTokens}");
        tokens.Aliases.Add("-n");
        var threads = Options.Threads();
        var rounds = Options.Count("--rounds", "N", $"Measured repetitions, after one that does not count; without it {usual.Rounds}");
        var chunk = Options.Count("--chunk", "N", $"Tokens of the prompt in one pass; without it {usual.Chunk}");
        var sequences = Options.Count("--sequences", "N", "Texts that decode together, each behind a prompt of its own; without it 1", most: 1024);
        var depth = Options.Count("--depth", "N", "Decode behind so many tokens, which are not measured, instead of the prompt", most: 1 << 24);
        var cache = new CacheArguments();
        var json = Options.Json();
        var verb = new Verb("bench", "Measure how fast a model runs here, and the memory it takes")
        {
            Examples =
            [
                ("bantam bench model.gguf", "prompt and text of the usual lengths"),
                ("bantam bench model.gguf -p 2048 -n 128 -t 4 --json", "longer ones, on four threads, as JSON"),
                ("bantam bench model.gguf --depth 8000 --kv q8_0", "far behind the beginning, with a smaller cache"),
                ("bantam bench model.gguf -p 16 --sequences 16", "sixteen texts together"),
            ],
        };
        verb.Arguments.Add(model);
        foreach (var option in (Option[])[prompt, tokens, threads, rounds, chunk, sequences, depth, .. cache.All, json]) verb.Options.Add(option);
        verb.Runs((args, cancel) =>
        {
            var path = ModelTarget.WithWeights(args.GetRequiredValue(model));
            var (keys, values) = cache.Of(args);
            var options = new SpeedOptions
            {
                PromptTokens = args.GetValue(prompt) ?? usual.PromptTokens,
                NewTokens = args.GetValue(tokens) ?? usual.NewTokens,
                Rounds = args.GetValue(rounds) ?? usual.Rounds,
                Chunk = args.GetValue(chunk) ?? usual.Chunk,
                Threads = args.GetValue(threads),
                Sequences = args.GetValue(sequences) ?? usual.Sequences,
                Depth = args.GetValue(depth) ?? usual.Depth,
                CacheType = keys,
                ValueCacheType = values,
            };
            var result = Measure(output, path, options, cancel);
            // Opened after the measurement, which begins with opening it.
            using var checkpoint = Checkpoint.Open(path);
            if (args.GetValue(json)) BenchJson.Write(output, args.GetRequiredValue(model), checkpoint, options, result);
            else Text(output, checkpoint, options, result);
            return ExitCode.Done;
        });
        return verb;
    }

    private static SpeedResult Measure(CliOutput output, string path, SpeedOptions options, CancellationToken cancel)
    {
        var total = (options.Rounds + 1L) * options.Sequences * ((options.Depth > 0 ? 0 : options.PromptTokens) + options.NewTokens);
        using var bar = new ProgressBar(output, "measuring", total, Tables.Speed);
        return SpeedTest.Run(path, options, new Told<double>(share => bar.Report((long)(share * total))), cancel);
    }

    private static void Text(CliOutput output, Checkpoint checkpoint, SpeedOptions options, SpeedResult result)
    {
        output.Line($"[bold]{SafeText.OneLine(Path.GetFileName(Path.TrimEndingDirectorySeparator(checkpoint.Path)))}[/]");
        output.Write(Tables.Facts(
        [
            ("machine", DeviceProbe.ThisMachine().InstructionSets is { } sets ? $"{Environment.ProcessorCount} processors ({sets})" : $"{Environment.ProcessorCount} processors"),
            ("threads", $"{result.Threads}"),
            ("load", $"{result.LoadSeconds * 1000:N0} ms, from opening to the first logits"),
            ("file", Tables.Bytes(result.FileBytes)),
            ("KV cache", $"{Tables.Bytes(result.CacheBytes)} in {Types(result)} for {Tables.Count(options.Sequences, "text")} of {Length(options) + 1:N0} tokens"),
            ("activations", Tables.Bytes(result.ScratchBytes)),
            ("resident", result.Memory.Private is { } own ? $"{Tables.Bytes(result.Memory.Resident)}, {Tables.Bytes(own)} of it without a file" : Tables.Bytes(result.Memory.Resident)),
            ("managed heap", Tables.Bytes(result.Memory.Managed)),
            ("allocations", $"{result.AllocatedPerToken:#,0.#} bytes per decoded token"),
        ]));
        var table = Tables.New("", ">Tokens", ">Median tokens/s", ">Slowest", ">Fastest");
        if (options.Depth == 0) Row("prefill", options.Sequences * options.PromptTokens, result.Prefill);
        Row(options.Depth == 0 ? "decode" : $"decode behind {options.Depth:N0}", options.Sequences * options.NewTokens, result.Decode);
        output.Write(table);
        output.Line($"[dim]{Tables.Count(options.Rounds, "round")}, after one to warm up.[/]");
        if (Exceeds(checkpoint, options))
            output.Line($"note: {Length(options):N0} tokens exceed the {checkpoint.Config.MaxPositionEmbeddings:N0} that this model was made for; speeds are as they are, a text would not make sense.");

        void Row(string what, int tokens, Spread spread) =>
            table.AddRow(new Text(what), new Text($"{tokens:N0}"), new Text(Tables.Digits(spread.Median)), new Text(Tables.Digits(spread.Least)), new Text(Tables.Digits(spread.Most)));
    }

    /// <summary>Whether the test went beyond the longest text that the model was made for.</summary>
    internal static bool Exceeds(Checkpoint checkpoint, SpeedOptions options) => Length(options) > checkpoint.Config.MaxPositionEmbeddings;

    // Tokens of one text at the end.
    private static long Length(SpeedOptions options) => (options.Depth > 0 ? options.Depth : (long)options.PromptTokens) + options.NewTokens;

    private static string Types(SpeedResult result) => result.CacheType == result.ValueCacheType ? $"{result.CacheType}" : $"{result.CacheType} and {result.ValueCacheType}";
}
