using System.CommandLine;
using Bantam.Tensors;

namespace Bantam.Peers.Compare;

/// <summary>What is compared, and how.</summary>
internal sealed record CompareOptions
{
    public required string[] Models { get; init; }

    public required int[] Threads { get; init; }

    public required int Prompt { get; init; }

    public required int Tokens { get; init; }

    public required int Sequences { get; init; }

    public required int[] Depths { get; init; }

    public required int Pairs { get; init; }

    public required int Retries { get; init; }

    public required int Rounds { get; init; }

    public required double MostOther { get; init; }

    public required int Wait { get; init; }

    public required DType CacheType { get; init; }

    /// <summary>llama.cpp with flash attention, without it, or each once per pair and the better one counts.</summary>
    public required bool[] Flash { get; init; }

    public required bool OnlyAvx2 { get; init; }

    public required string Libraries { get; init; }

    public required string? Json { get; init; }

    public required string? Append { get; init; }

    /// <summary>The command line.</summary>
    public static RootCommand Command(Func<CompareOptions, int> run)
    {
        var models = new Argument<string[]>("MODEL") { Description = "GGUF files", Arity = ArgumentArity.OneOrMore };
        var threads = new Option<string>("--threads", "-t") { Description = "Threads, or several numbers: 1,2", DefaultValueFactory = _ => $"{Environment.ProcessorCount}" };
        var prompt = new Option<int>("--prompt", "-p") { Description = "Tokens of the prompt", DefaultValueFactory = _ => 512 };
        var tokens = new Option<int>("--tokens", "-n") { Description = "Tokens decoded", DefaultValueFactory = _ => 64 };
        var sequences = new Option<int>("--sequences") { Description = "Sequences that decode together; 1 leaves that out", DefaultValueFactory = _ => 16 };
        var depths = new Option<string>("--depth") { Description = "Decode at these depths too: 8000,32000", DefaultValueFactory = _ => "" };
        var pairs = new Option<int>("--pairs") { Description = "Pairs that count", DefaultValueFactory = _ => 5 };
        var retries = new Option<int>("--retries") { Description = "Pairs that may be discarded, for each test", DefaultValueFactory = _ => 10 };
        var rounds = new Option<int>("--rounds") { Description = "Repetitions in a process, after one that does not count; their median is its result", DefaultValueFactory = _ => 3 };
        var busy = new Option<double>("--busy") { Description = "Processors that others may take before a pair is discarded", DefaultValueFactory = _ => 0.1 };
        var wait = new Option<int>("--wait") { Description = "Seconds to wait for a quiet moment before each pair", DefaultValueFactory = _ => 60 };
        var kv = new Option<string>("--kv") { Description = "Type of keys and values", DefaultValueFactory = _ => "F16" };
        var flash = new Option<string>("--flash") { Description = "llama.cpp's flash attention; with best, each pair has a run of both, and the better counts", DefaultValueFactory = _ => "best" }.AcceptOnlyFromAmong("on", "off", "best");
        var isa = new Option<string>("--isa") { Description = "Instructions of both sides", DefaultValueFactory = _ => "native" }.AcceptOnlyFromAmong("native", "avx2");
        var libraries = new Option<string>("--libraries") { Description = "llama.cpp's libraries, without it those that npm put beside this program's source" };
        var json = new Option<string>("--json") { Description = "Write all runs to this file" };
        var append = new Option<string>("--append") { Description = "Append the table, with machine, commit and date, to this file: docs/benchmarks.md" };
        var root = new RootCommand("Runs Bantam and llama.cpp in turn, each in a process of its own, on the same files, and prints the ratios of pairs.");
        root.Arguments.Add(models);
        foreach (var option in (Option[])[threads, prompt, tokens, sequences, depths, pairs, retries, rounds, busy, wait, kv, flash, isa, libraries, json, append]) root.Options.Add(option);
        root.SetAction(args =>
        {
            var type = DType.TryParse(args.GetRequiredValue(kv), out var known) ? known : throw new ArgumentException($"--kv {args.GetValue(kv)}: no such type");
            return run(new()
            {
                Models = [.. args.GetRequiredValue(models).Select(Path.GetFullPath)],
                Threads = Numbers(args.GetRequiredValue(threads)),
                Prompt = args.GetValue(prompt),
                Tokens = args.GetValue(tokens),
                Sequences = args.GetValue(sequences),
                Depths = Numbers(args.GetRequiredValue(depths)),
                Pairs = args.GetValue(pairs),
                Retries = args.GetValue(retries),
                Rounds = args.GetValue(rounds),
                MostOther = args.GetValue(busy),
                Wait = args.GetValue(wait),
                CacheType = type,
                Flash = args.GetValue(flash) switch
                {
                    "on" => [true],
                    "off" => [false],
                    // llama.cpp reads values in blocks only there.
                    _ => type.IsBlocked ? [true] : [true, false],
                },
                OnlyAvx2 = args.GetValue(isa) == "avx2",
                Libraries = args.GetValue(libraries) ?? Path.Combine(Repository.Root, "bench", "peers", "compare", "node_modules", "@node-llama-cpp", "linux-x64", "bins", "linux-x64"),
                Json = args.GetValue(json),
                Append = args.GetValue(append),
            });
        });
        return root;
    }

    private static int[] Numbers(string list) => [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
}
