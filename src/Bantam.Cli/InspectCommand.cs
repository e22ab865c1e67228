using System.CommandLine;

namespace Bantam.Cli;

/// <summary><c>bantam inspect</c>: what is in a model file.</summary>
internal static class InspectCommand
{
    public static Verb Create(CliOutput output)
    {
        var path = new Argument<string>("FILE") { Description = "A .gguf, .safetensors or llama2.c .bin file, or a Hugging Face directory" };
        var tensors = new Option<bool>("--tensors") { Description = "List every tensor" };
        var verify = new Option<bool>("--verify") { Description = "Read every value: smallest, largest, mean magnitude; fails where one is NaN or infinite" };
        var json = Options.Json();
        var verb = new Verb("inspect", "Show what is in a model file: metadata, tensors, types, bytes")
        {
            Examples =
            [
                ("bantam inspect model.gguf", "metadata, and how many bytes each type takes"),
                ("bantam inspect model.safetensors --tensors", "and every tensor"),
                ("bantam inspect model.gguf --verify", "and whether all values are finite"),
            ],
        };
        verb.Arguments.Add(path);
        foreach (var option in (Option[])[tensors, verify, json]) verb.Options.Add(option);
        verb.Runs((args, cancel) =>
        {
            var name = ModelTarget.ExistingPath(args.GetRequiredValue(path));
            using var file = InspectedFile.Open(name);
            if (file.Notice is { } notice) output.Note(notice);
            var scans = args.GetValue(verify) ? Scan(file, output, cancel) : null;
            if (args.GetValue(json)) InspectJson.Write(output, name, file, args.GetValue(tensors), scans);
            else InspectText.Write(output, name, file, args.GetValue(tensors), scans);
            return scans is not null && scans.Values.Any(s => s is { IsFinite: false }) ? ExitCode.Failed : ExitCode.Done;
        });
        return verb;
    }

    // By name; null for a tensor whose type bantam does not compute with.
    private static Dictionary<string, ValueScan?> Scan(InspectedFile file, CliOutput output, CancellationToken cancel)
    {
        var scans = new Dictionary<string, ValueScan?>(file.Tensors.Count);
        var done = 0L;
        using var progress = new ProgressBar(output, "verifying", file.Tensors.Sum(t => t.View.Bytes));
        foreach (var tensor in file.Tensors)
        {
            var before = done;
            scans.Add(tensor.Name, ValueScan.Of(tensor.View, bytes => progress.Report(done += bytes), cancel));
            done = before + tensor.View.Bytes;
        }
        return scans;
    }
}
