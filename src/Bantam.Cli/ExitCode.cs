using Bantam.Sizing;

namespace Bantam.Cli;

/// <summary>What the shell sees; <c>docs/cli.md</c> promises these numbers.</summary>
internal static class ExitCode
{
    /// <summary>Done, or the model fits.</summary>
    public const int Done = 0;

    /// <summary>An error, said in one line.</summary>
    public const int Failed = 1;

    /// <summary>The arguments make no sense.</summary>
    public const int WrongUsage = 2;

    /// <summary>The model runs, with little memory to spare.</summary>
    public const int Tight = 10;

    /// <summary>The model does not run.</summary>
    public const int DoesNotFit = 11;

    /// <summary>What was asked is not known.</summary>
    public const int Unknown = 12;

    /// <summary>Stopped by Ctrl-C: 128 and the number of the signal, as shells have it.</summary>
    public const int Cancelled = 130;

    /// <summary>The code of a verdict.</summary>
    public static int Of(FitVerdict verdict) => verdict switch
    {
        FitVerdict.Fits => Done,
        FitVerdict.Tight => Tight,
        FitVerdict.DoesNotFit => DoesNotFit,
        _ => Unknown,
    };
}
