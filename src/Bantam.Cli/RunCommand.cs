using System.CommandLine;
using System.Diagnostics;
using System.Text;
using Bantam.Checkpoints;
using Bantam.Inference;
using Bantam.Tensors;

namespace Bantam.Cli;

/// <summary><c>bantam run</c>: text from a model.</summary>
internal static class RunCommand
{
    public static Verb Create(CliOutput output)
    {
        var (length, defaults) = (new GenerationOptions(), "without it");
        var model = Options.File("MODEL");
        var prompt = new Option<string?>("--prompt", "-p") { Description = $"Text to continue; - reads standard input; {defaults} the model begins by itself", HelpName = "TEXT" };
        var count = Options.Count("--tokens", "N", $"Most new tokens; {defaults} {length.MaxTokens}");
        count.Aliases.Add("-n");
        var sampling = new SamplingArguments();
        var stop = new Option<string[]>("--stop") { Description = "End at this text, which is not shown; may be given several times", HelpName = "TEXT" };
        var context = Options.Count("--context", "N", $"Longest text in tokens, prompt included; {defaults} what prompt and -n need, up to the model's maximum");
        var threads = Options.Threads();
        var cache = new CacheArguments();
        var kept = new Option<string>("--prompt-cache") { Description = "Keep the prompt's keys and values in this file; a later run whose prompt begins alike reads them", HelpName = "FILE" }.NotEmpty();
        var tokenizer = Options.Tokenizer();
        var ids = new Option<bool>("--ids") { Description = "Print token ids instead of text" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "No statistics at the end" };
        var json = Options.Json();
        var verb = new Verb("run", "Generate text, as it comes; statistics go to standard error")
        {
            Examples =
            [
                ("bantam run model.gguf -p \"Once upon a time\"", "continue a text"),
                ("bantam run model.gguf -p - -n 500 --seed 7", "one from standard input, repeatably"),
                ("bantam run model.gguf --temperature 0 --json", "the likeliest text, as JSON"),
            ],
        };
        verb.Arguments.Add(model);
        foreach (var option in (Option[])[prompt, count, .. sampling.All, stop, context, threads, .. cache.All, kept, tokenizer, ids, quiet, json])
            verb.Options.Add(option);
        verb.Runs((args, cancel) =>
        {
            var options = new GenerationOptions
            {
                MaxTokens = args.GetValue(count) ?? length.MaxTokens,
                Sampling = sampling.Of(args),
            };
            var path = ModelTarget.WithWeights(args.GetRequiredValue(model));
            var promptCache = args.GetValue(kept) is { } file ? new PromptCache(file) : null;
            var text = Prompt(args.GetValue(prompt), output);
            var watch = Stopwatch.StartNew();
            using var loaded = Load(Checkpoint.Open(path, args.GetValue(tokenizer)), text, options.MaxTokens, args.GetValue(context), args.GetValue(threads), cache.Of(args));
            var run = new GenerationRun(loaded, text, options, args.GetValue(stop) ?? []) { LoadTime = watch.Elapsed, PromptCache = promptCache };

            if (args.GetValue(json))
            {
                run.Generate(_ => { }, _ => { }, cancel);
                RunReport.WriteJson(output, args.GetRequiredValue(model), run);
                return ExitCode.Done;
            }
            return Stream(output, run, args.GetValue(ids), args.GetValue(quiet), cancel);
        });
        return verb;
    }

    // The newline with which a file or an echo ends is no part of the prompt.
    private static string Prompt(string? prompt, CliOutput output)
    {
        if (prompt != "-") return prompt ?? "";
        var text = output.Input().ReadToEnd();
        return text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
    }

    private static LanguageModel Load(Checkpoint checkpoint, string prompt, int tokens, int? context, int? threads, (DType Keys, DType Values) cache)
    {
        var most = checkpoint.Config.MaxPositionEmbeddings;
        if (context > most)
        {
            checkpoint.Dispose();
            throw new BantamException("BT3001", $"a context of {context} tokens exceeds the {most} of this model");
        }
        // A token stands for at least a byte, but for BOS and the space in front: an upper bound, before there is a tokenizer.
        var needed = Math.Min(most, Encoding.UTF8.GetByteCount(prompt) + 2L + tokens);
        return LanguageModel.Load(checkpoint, new LoadOptions { Context = context ?? (int)needed, Threads = threads, CacheType = cache.Keys, ValueCacheType = cache.Values });
    }

    private static int Stream(CliOutput output, GenerationRun run, bool ids, bool quiet, CancellationToken cancel)
    {
        var (code, last) = (ExitCode.Done, '\n');
        try
        {
            using var reading = new Waiting(output, "reading the prompt");
            run.Generate(
                text => { if (!ids) Write(output.IsTerminal ? SafeText.Lines(text) : text); },
                id =>
                {
                    reading.Dispose();
                    if (ids) Write(last == '\n' ? $"{id}" : $" {id}");
                },
                cancel);
        }
        catch (OperationCanceledException)
        {
            code = ExitCode.Cancelled;
        }
        if (last != '\n') output.Standard.WriteLine();
        output.Standard.Flush();
        if (!quiet) RunReport.WriteText(output, run);
        return code;

        void Write(string text)
        {
            if (text.Length == 0) return;
            last = text[^1];
            output.Standard.Write(text);
            output.Standard.Flush();
        }
    }
}
