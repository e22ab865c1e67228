using Bantam.Models;
using Bantam.Sizing;

namespace Bantam.Cli;

/// <summary>What <c>fit</c> and <c>size</c> both say about a model, in words.</summary>
internal static class ModelFacts
{
    /// <summary>Names and values; <paramref name="context"/> is the context in tokens that is planned for.</summary>
    public static IEnumerable<(string Name, string Value)> Of(ModelTarget target, int? context)
    {
        var footprint = target.Footprint;
        if (footprint.Config is { } config) yield return ("family", Architectures.Of(config).DisplayName);
        yield return ("parameters", Tables.Parameters(footprint.Parameters) + Deviation(target));
        if (footprint.ActiveParameters is { } active && active != footprint.Parameters)
            yield return ("active", $"{Tables.Parameters(active)} for each token");
        if (footprint.SizeClass is { } sizeClass)
        {
            yield return ("size class", target.Kind is { } kind ? $"{sizeClass.Name}, a {kind}" : sizeClass.Name);
            yield return ("", SizeClass.Note);
        }
        if (footprint.Kv is { Layers.Count: 0 })
            yield return ("context", $"{target.MaxContext:N0} tokens, read at once");
        else if (target.MaxContext is { } most)
            yield return ("context", context is { } planned && planned != most ? $"{planned:N0} of {most:N0} tokens" : $"{most:N0} tokens");
        else
            yield return ("context", context is { } asked ? $"{asked:N0} tokens; the model's maximum is unknown" : "unknown");
    }

    // Names are approximate, and sometimes far off: an 8x7B has 46.7 B.
    private static string Deviation(ModelTarget target) =>
        target is { Nominal: { } nominal, Footprint.Parameters: { } parameters } && Math.Abs(nominal.Deviation(parameters)) >= 0.1
            ? $", {nominal.Deviation(parameters) * 100:+0;-0} % against the {nominal.Text} in its name" : "";
}
