using System.CommandLine;
using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Models;
using Bantam.Sizing;
using Bantam.Tensors;

namespace Bantam.Cli;

/// <summary><c>bantam convert</c>: the same model in another container, and in another format where one is asked for.</summary>
internal static class ConvertCommand
{
    public static Verb Create(CliOutput output)
    {
        var input = Options.File("INPUT");
        var to = new Option<string>("--output", "-o") { Description = "What to write: a name that ends in .gguf makes a GGUF file, any other a Hugging Face directory", HelpName = "OUTPUT", Required = true }.NotEmpty();
        var tokenizer = Options.Tokenizer();
        var type = Options.Format("--type", "Format of the matrices (F16 where rows do not divide into its blocks; without it tensors keep their types)");
        var force = new Option<bool>("--force") { Description = "Replace an output that exists" };
        var json = Options.Json();
        var verb = new Verb("convert", "Write a model in another container or format")
        {
            Examples =
            [
                ("bantam convert model.bin --tokenizer tok.bin -o model.gguf", "llama2.c to GGUF"),
                ("bantam convert path/to/model -o model.gguf --type Q8_0", "a directory to GGUF, in 8 bits"),
                ("bantam convert model.gguf -o path/to/folder", "and back"),
            ],
        };
        verb.Arguments.Add(input);
        foreach (var option in (Option[])[to, tokenizer, type, force, json]) verb.Options.Add(option);
        verb.Runs((args, cancel) =>
        {
            var path = ModelTarget.WithWeights(args.GetRequiredValue(input));
            var target = ConvertTarget.Of(args.GetRequiredValue(to), Inputs(path, args.GetValue(tokenizer)), args.GetValue(force));
            if (args.GetValue(type) is { } asked && !Holds(asked, target))
                throw new BantamException("BT1068", $"{target.Path}: a Hugging Face directory cannot hold {asked}; take F32, F16 or BF16, or a name that ends in .gguf");
            using var checkpoint = Checkpoint.Open(path, args.GetValue(tokenizer));
            var types = Types(checkpoint, target, args.GetValue(type));
            Note(output, checkpoint, target, args.GetValue(type));
            var predicted = target.IsGguf ? GgufExport.PredictBytes(checkpoint, (name, _) => types[name]) : (long?)null;
            var notices = Write(output, checkpoint, target, types, cancel);
            foreach (var notice in notices) output.Note(notice);
            var result = new ConvertResult(target, predicted, notices);
            if (args.GetValue(json)) result.WriteJson(output, args.GetRequiredValue(input), checkpoint);
            else result.WriteText(output);
            return ExitCode.Done;
        });
        return verb;
    }

    // All parts of a split model are input, whichever of them was named; a safetensors file stands for its directory.
    private static IEnumerable<string> Inputs(string path, string? tokenizer)
    {
        yield return path;
        if (tokenizer is not null) yield return tokenizer;
        if (Directory.Exists(path)) yield break;
        switch (ModelContainers.Of(path))
        {
            case ModelContainer.Safetensors:
                yield return Path.GetDirectoryName(Path.GetFullPath(path))!;
                break;
            case ModelContainer.Gguf:
                using (var file = GgufFile.Open(path))
                    foreach (var part in file.Parts)
                        yield return part.File;
                break;
        }
    }

    // The house rule decides; "as they are" is the rule with every tensor's own type, but for what the target cannot hold.
    private static Dictionary<string, DType> Types(Checkpoint checkpoint, ConvertTarget target, DType? asked)
    {
        // The configuration knows better than a name how a linear lies.
        var specs = Architectures.Of(checkpoint.Config).Layout(checkpoint.Config).ToDictionary(t => t.Name);
        return checkpoint.Weights.All.ToDictionary(t => t.Key, t => (asked, target.IsGguf) switch
        {
            ({ } type, _) => Rule(t.Key, t.Value, type),
            (null, true) => Rule(t.Key, t.Value, Kept(t.Value.DType, target)),
            (null, false) => Kept(t.Value.DType, target),
        });

        DType Rule(string name, Tensor tensor, DType type) => specs.TryGetValue(name, out var spec) ? StorageRule.TypeOf(spec, type) : StorageRule.TypeOf(name, tensor, type);
    }

    // 8-bit floats with scales of their own, which no target holds, were mostly BF16 once; its range holds any scale.
    private static DType Kept(DType type, ConvertTarget target) =>
        Holds(type, target) ? type : type.IsBlocked ? DType.F16 : DType.BF16;

    private static bool Holds(DType type, ConvertTarget target) => target.IsGguf ? type.GgmlType >= 0 : HuggingFaceExport.Holds(type);

    private static void Note(CliOutput output, Checkpoint checkpoint, ConvertTarget target, DType? asked)
    {
        if (checkpoint.CodeNotice is { } code) output.Note(code);
        var stored = checkpoint.Weights.All.Values.Where(t => t.Shape.Rank > 1).Select(t => t.DType).Distinct().ToList();
        if (asked is null && stored.FirstOrDefault(t => !Holds(t, target)) is { } other)
            output.Note($"a {(target.IsGguf ? "GGUF file" : "Hugging Face directory")} cannot hold {other}; such tensors are written as {Kept(other, target)}");
        if (asked is not null && stored.FirstOrDefault(t => t.IsBlocked && t != asked) is { } rounded)
            output.Note($"tensors in {rounded} were rounded before; {asked} does not bring back what they lost, so convert from the original where you have it");
        if (checkpoint is { Vocabulary: null, UnreadTokenizer: null, TokenizerFiles.Count: 0 })
            output.Note("the input brings no tokenizer that bantam reads, and the output will have none; --tokenizer adds one");
    }

    private static IReadOnlyList<string> Write(CliOutput output, Checkpoint checkpoint, ConvertTarget target, Dictionary<string, DType> types, CancellationToken cancel)
    {
        var done = 0L;
        using var bar = new ProgressBar(output, "writing", types.Sum(t => t.Value.Bytes(checkpoint.Weights.All[t.Key].Shape.Count)));
        var progress = new Told<long>(bytes => bar.Report(done += bytes));
        IReadOnlyList<string> notices = [];
        target.Write(path => notices = target.IsGguf
            ? GgufExport.Write(path, checkpoint, (name, _) => types[name], progress, cancel)
            : HuggingFaceExport.Write(path, checkpoint, (name, _) => types[name], progress, cancel));
        return notices;
    }
}
