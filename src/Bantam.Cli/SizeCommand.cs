using Bantam.Sizing;
using Bantam.Tensors;
using Spectre.Console;

namespace Bantam.Cli;

/// <summary><c>bantam size</c>: what a model is made of and what each format of it weighs.</summary>
internal static class SizeCommand
{
    // From the widest to the narrowest.
    internal static readonly DType[] Formats = [DType.F32, DType.F16, DType.Q8_0, DType.Q6_K, DType.Q4_K, DType.Q4_0];

    public static Verb Create(CliOutput output)
    {
        var model = Options.Model();
        var json = Options.Json();
        var verb = new Verb("size", "Say how large a model is: parameters, bytes in each format, cache and operations per token")
        {
            Examples =
            [
                ("bantam size llama-3.1-405b", "a name from the catalogue"),
                ("bantam size path/to/config.json", "a configuration, without its weights"),
                ("bantam size model.gguf --json", "the header of a file, as JSON"),
            ],
        };
        verb.Arguments.Add(model);
        verb.Options.Add(json);
        verb.Runs((args, _) =>
        {
            var target = ModelTarget.Resolve(args.GetRequiredValue(model));
            if (args.GetValue(json)) SizeJson.Write(output, target, Context(target));
            else Text(output, target, Context(target));
            return target.Footprint.Parameters is null ? ExitCode.Unknown : ExitCode.Done;
        });
        return verb;
    }

    // The context for which costs per token are told; the default of a fit.
    private static int? Context(ModelTarget target) => target.MaxContext is { } most ? Math.Min(4096, most) : null;

    private static void Text(CliOutput output, ModelTarget target, int? context)
    {
        output.Line($"[bold]{target.DisplayName}[/]");
        output.Write(Tables.Facts([.. ModelFacts.Of(target, null), .. Costs(target.Footprint, context)]));
        var table = Tables.New("Format", ">Bits per weight", ">Weights");
        if (target.Footprint is { StoredBytes: { } stored } file)
            _ = table.AddRow(new Text("as stored"), new Text(Bits(8.0 * stored / file.Parameters)), new Text(Tables.Bytes(stored)));
        foreach (var format in Formats)
            _ = table.AddRow(new Text(format.Name), new Text(Bits(8.0 * target.Footprint.WeightBytes(format) / target.Footprint.Parameters)), new Text(Tables.Bytes(target.Footprint.WeightBytes(format))));
        output.Write(table);
    }

    private static string Bits(double? bits) => bits is { } b ? $"{b:F2}" : "unknown";

    private static IEnumerable<(string, string)> Costs(Footprint footprint, int? context)
    {
        if (footprint.Kv is { Layers.Count: 0 })
            yield return ("KV cache", "none: it reads a text at once");
        else
            yield return ("KV cache", footprint.KvBytesPerToken() is { } kv ? $"{kv:N0} bytes per token in F16" : "unknown");
        yield return ("operations", context is { } tokens && footprint.FlopsPerToken(tokens) is { } flops
            ? $"{flops / 1e9:G3} GFLOP per token at a context of {tokens:N0}" : "unknown");
    }
}
