using System.CommandLine;
using Bantam.Checkpoints;
using Bantam.Evaluation;
using Bantam.Kernels;
using Bantam.Tokenizers;

namespace Bantam.Cli;

/// <summary><c>bantam compare</c>: how far a model has moved from another one with the same tokenizer.</summary>
internal static class CompareCommand
{
    // Minutes for a small model on a laptop, and errors small enough to tell formats apart.
    private const int UsualTokens = 16_384;

    public static Verb Create(CliOutput output)
    {
        var reference = Options.File("A");
        reference.Description = "The reference, for instance the original: a file or directory with weights";
        var candidate = Options.File("B");
        candidate.Description = "What is compared with it";
        var text = new Option<string>("--text") { Description = "A text of a few thousand words, UTF-8, that both read", HelpName = "FILE", Required = true }.NotEmpty();
        var tokens = Options.Count("--tokens", "N", $"Read so many tokens of it at most; without it {UsualTokens}", least: 2);
        var window = Options.Count("--window", "N", $"Tokens of a window, each of which is read by itself; without it {TextWindows.UsualLength}, or the models' context where that is less", least: 2);
        var threads = Options.Threads();
        var tokenizer = Options.Tokenizer();
        var json = Options.Json();
        var verb = new Verb("compare", "Measure how far a model has moved from another, on a text that both read")
        {
            Examples =
            [
                ("bantam compare model.gguf model-q4.gguf --text sample.txt", "what four bits cost"),
                ("bantam compare a.gguf b.gguf --text sample.txt --tokens 2000 --json", "in a hurry, as JSON"),
            ],
        };
        verb.Arguments.Add(reference);
        verb.Arguments.Add(candidate);
        foreach (var option in (Option[])[text, tokens, window, threads, tokenizer, json]) verb.Options.Add(option);
        verb.Runs((args, cancel) =>
        {
            var (pathA, pathB) = (ModelTarget.WithWeights(args.GetRequiredValue(reference)), ModelTarget.WithWeights(args.GetRequiredValue(candidate)));
            using var a = Checkpoint.Open(pathA, args.GetValue(tokenizer));
            using var b = Checkpoint.Open(pathB, args.GetValue(tokenizer));
            var encoder = a.CreateTokenizer();
            CheckSameTokenizer(a, encoder, b, b.CreateTokenizer());
            var sample = SampleText.Read(args.GetRequiredValue(text), encoder, args.GetValue(tokens) ?? UsualTokens);
            var windows = sample.Cut(encoder, args.GetValue(window) ?? Math.Min(TextWindows.LengthFor(a.Config), TextWindows.LengthFor(b.Config)));
            var result = new CompareResult(a, b, sample, windows, Measure(output, a, b, windows, args.GetValue(threads), cancel));
            if (args.GetValue(json)) result.WriteJson(output);
            else result.WriteText(output);
            return ExitCode.Done;
        });
        return verb;
    }

    private static DivergenceResult Measure(CliOutput output, Checkpoint a, Checkpoint b, TextWindows windows, int? threads, CancellationToken cancel)
    {
        var (modelA, modelB) = (a.CreateModel(), b.CreateModel());
        using var workers = new Workers(threads ?? Environment.ProcessorCount);
        using var bar = new ProgressBar(output, "comparing", windows.ScoredTokens, Tables.Speed);
        return Divergence.Measure(modelA, modelB, workers, windows, progress: bar, cancellation: cancel);
    }

    // Divergence is a sum over the same ids: they must mean the same.
    private static void CheckSameTokenizer(Checkpoint a, Tokenizer first, Checkpoint b, Tokenizer second)
    {
        var (p, q) = (first.Vocabulary.Pieces, second.Vocabulary.Pieces);
        var common = Math.Min(p.Length, q.Length);
        var differs = Enumerable.Range(0, common).FirstOrDefault(i => p[i] != q[i], common);
        if (differs == common && p.Length == q.Length) return;
        var how = differs < common
            ? $"token {differs} is '{SafeText.OneLine(p[differs], 40)}' and '{SafeText.OneLine(q[differs], 40)}'"
            : $"token {differs} is only in one of them, which have {p.Length} and {q.Length}";
        throw new BantamException("BT9009", $"{a.Path} and {b.Path} have different tokenizers: {how}; only models with one tokenizer can be compared");
    }
}
