using System.CommandLine;
using Bantam.Inference;

namespace Bantam.Cli;

/// <summary>The options that say how tokens are chosen, for all verbs that write text.</summary>
internal sealed class SamplingArguments
{
    private static readonly SamplingOptions Defaults = new();

    private readonly Option<float?> _temperature = Options.Number("--temperature", "T", $"0 always takes the likeliest token; without it {Defaults.Temperature}");
    private readonly Option<int?> _topK = Options.Count("--top-k", "K", $"Choose among the K likeliest; 0 is all, without it {Defaults.TopK}", least: 0);
    private readonly Option<float?> _topP = Options.Number("--top-p", "P", $"Choose among the likeliest that together reach P; without it {Defaults.TopP}");
    private readonly Option<float?> _minP = Options.Number("--min-p", "P", $"Choose among those at least P times as likely as the likeliest; without it {Defaults.MinP}");
    private readonly Option<float?> _penalty = Options.Number("--repetition-penalty", "X", $"Make tokens of the last {Defaults.RepetitionWindow} less likely; without it {Defaults.RepetitionPenalty}");
    private readonly Option<int?> _seed = Options.Count("--seed", "N", "The same seed gives the same text; without it a new one each time", least: 0);

    /// <summary>The options, in the order of the help.</summary>
    public IEnumerable<Option> All => [_temperature, _topK, _topP, _minP, _penalty, _seed];

    /// <summary>What was given, checked.</summary>
    /// <exception cref="BantamException">A number makes no sense.</exception>
    public SamplingOptions Of(ParseResult args) => new SamplingOptions
    {
        Temperature = args.GetValue(_temperature) ?? Defaults.Temperature,
        TopK = args.GetValue(_topK) ?? Defaults.TopK,
        TopP = args.GetValue(_topP) ?? Defaults.TopP,
        MinP = args.GetValue(_minP) ?? Defaults.MinP,
        RepetitionPenalty = args.GetValue(_penalty) ?? Defaults.RepetitionPenalty,
        Seed = args.GetValue(_seed) ?? Random.Shared.Next(),
    }.Validate();
}
