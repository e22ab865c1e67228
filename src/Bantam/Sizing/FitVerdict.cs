namespace Bantam.Sizing;

/// <summary>Whether a model runs on a device, best first.</summary>
public enum FitVerdict
{
    /// <summary>It needs at most <see cref="FitOptions.ComfortableShare"/> of the available memory.</summary>
    Fits,

    /// <summary>It needs more than that, but no more than is available now.</summary>
    Tight,

    /// <summary>Some term is not known, and the known ones alone are not too much.</summary>
    Unknown,

    /// <summary>It needs more memory than is available now, or more disk than is free.</summary>
    DoesNotFit,
}
