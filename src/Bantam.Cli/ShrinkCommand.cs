using System.CommandLine;
using Bantam.Checkpoints;
using Bantam.Compression;
using Bantam.Evaluation;
using Bantam.Kernels;

namespace Bantam.Cli;

/// <summary><c>bantam shrink</c>: a file within a budget, and the card that says what it cost.</summary>
internal static class ShrinkCommand
{
    private const int UsualTokens = 4096;

    public static Verb Create(CliOutput output)
    {
        var model = Options.File("MODEL");
        var budget = Options.Size("--budget", "Most bytes of the file, header and tokenizer included: 300KB, 1.5GiB");
        budget.Required = true;
        var to = new Option<string>("--output", "-o") { Description = "The GGUF file to write", HelpName = "FILE", Required = true }.NotEmpty();
        var text = new Option<string>("--text") { Description = "Text to choose and measure by, UTF-8; without it the model writes its own, sampled at temperature 1", HelpName = "FILE" }.NotEmpty();
        var tokens = Options.Count("--tokens", "N", $"Measure on so many tokens at most; without it {UsualTokens}", least: 16);
        var judge = new Option<string>("--judge")
        {
            Description = $"How a tensor's formats are judged: by the measured divergence of each, or by the error of its weights alone; auto measures models of up to {Shrinker.MostMeasuredParameters / 1_000_000} M parameters",
            HelpName = "auto|measured|weights",
            DefaultValueFactory = _ => "auto",
        };
        judge.AcceptOnlyFromAmong("auto", "measured", "weights");
        var seed = Options.Count("--seed", "N", "Seed of the model's own text; without it 1", least: 0);
        var threads = Options.Threads();
        var tokenizer = Options.Tokenizer();
        var noSpeed = new Option<bool>("--no-speed") { Description = "Leave speed and resident memory out of the card" };
        var force = new Option<bool>("--force") { Description = "Replace an output that exists" };
        var json = Options.Json();
        var verb = new Verb("shrink", "Make a model fit a byte budget: a format for every tensor, and a card of what it cost")
        {
            Examples =
            [
                ("bantam shrink model.gguf --budget 700MB -o small.gguf", "choose, write, and measure before and after"),
                ("bantam shrink model.gguf --budget 700MB -o small.gguf --text sample.txt", "on a text of yours"),
            ],
        };
        verb.Arguments.Add(model);
        foreach (var option in (Option[])[budget, to, text, tokens, judge, seed, threads, tokenizer, noSpeed, force, json]) verb.Options.Add(option);
        verb.Runs((args, cancel) =>
        {
            var path = ModelTarget.WithWeights(args.GetRequiredValue(model));
            var target = ConvertTarget.Of(args.GetRequiredValue(to), [path], args.GetValue(force));
            if (!target.IsGguf) throw new BantamException("BT9011", $"{target.Path}: a shrunken model is a GGUF file; end its name in .gguf");
            using var donor = Checkpoint.Open(path, args.GetValue(tokenizer));
            Shrinker.Require(donor, args.GetRequiredValue(budget)!.Value);
            using var workers = new Workers(args.GetValue(threads) ?? Environment.ProcessorCount);

            var texts = ShrinkTexts.Read(output, donor, workers, args.GetValue(text), args.GetValue(tokens) ?? UsualTokens, args.GetValue(seed) ?? 1, cancel);
            var measured = args.GetRequiredValue(judge) switch { "measured" => true, "weights" => false, _ => Shrinker.IsMeasured(donor) };
            var judged = Judge(output, donor, workers, texts.Choosing, measured, cancel);
            var plan = Shrinker.Plan(donor, judged, args.GetRequiredValue(budget)!.Value);
            var predicted = Shrinker.PredictBytes(donor, plan);
            var notices = Write(output, donor, plan, target, cancel);
            foreach (var notice in notices) output.Note(notice);

            var speeds = args.GetValue(noSpeed) ? null : SpeedProcess.Pair(output, donor.Path, target.Path, donor.Config, args.GetValue(threads), cancel);
            var card = Card(output, donor, target, workers, texts, speeds, cancel);
            var report = new ShrinkReport(args.GetRequiredValue(model), target.Path, args.GetRequiredValue(budget)!.Value, predicted, measured, plan, card, notices);
            if (args.GetValue(json)) ShrinkJson.Write(output, report);
            else ShrinkText.Write(output, report);
            return ExitCode.Done;
        });
        return verb;
    }

    private static IReadOnlyList<TensorOptions> Judge(CliOutput output, Checkpoint donor, Workers workers, TextWindows windows, bool measured, CancellationToken cancel)
    {
        // How many candidates there are is known with the first of them.
        ProgressBar? bar = null;
        try
        {
            var progress = new Told<SensitivityProgress>(p => (bar ??= new ProgressBar(output, "judging", p.Total, rate => $"{rate:F1} formats/s")).Report(p.Done));
            return Shrinker.Judge(donor, workers, windows, measured, progress, cancel);
        }
        finally
        {
            bar?.Dispose();
        }
    }

    private static IReadOnlyList<string> Write(CliOutput output, Checkpoint donor, ShrinkPlan plan, ConvertTarget target, CancellationToken cancel)
    {
        var done = 0L;
        IReadOnlyList<string> notices = [];
        using var bar = new ProgressBar(output, "writing", plan.Bytes);
        target.Write(path => notices = Shrinker.Write(donor, plan, path, new Told<long>(bytes => bar.Report(done += bytes)), cancel));
        return notices;
    }

    private static ShrinkCard Card(
        CliOutput output, Checkpoint donor, ConvertTarget target, Workers workers, ShrinkTexts texts, SpeedPair? speeds, CancellationToken cancel)
    {
        using var small = Checkpoint.Open(target.Path);
        var (before, after) = (donor.CreateModel(), small.CreateModel());
        DivergenceResult quality;
        using (var bar = new ProgressBar(output, "measuring", texts.Measuring.ScoredTokens, Tables.Speed))
            quality = Divergence.Measure(before, after, workers, texts.Measuring, progress: bar, cancellation: cancel);
        return new ShrinkCard
        {
            BytesBefore = donor.FileBytes,
            BytesAfter = small.FileBytes,
            SpeedBefore = speeds?.Before,
            SpeedAfter = speeds?.After,
            Quality = quality,
            Text = texts.Name,
            Generation = GenerationCheck.Run(before, after, workers, [donor.CreateTokenizer().StartId], cancellation: cancel),
        };
    }
}
