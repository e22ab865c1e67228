namespace Bantam.Evaluation;

/// <summary>A number that was measured on a sample, with its uncertainty.</summary>
/// <param name="Value">The estimate.</param>
/// <param name="StandardError">One standard error, in the unit of the value; NaN where one observation says nothing of it.</param>
/// <remarks>
/// For a mean over tokens there are two: one takes the tokens for independent draws (what perplexity tools usually print), the
/// other takes the windows for independent and lets the tokens of a window move together (cluster-robust, ratio estimator).
/// Tokens of one passage share its subject, so the first alone claims too much; with few windows the second alone is chance.
/// The larger of the two is reported.
/// </remarks>
public readonly record struct Estimate(double Value, double StandardError)
{
    /// <summary>The estimate in another unit.</summary>
    /// <param name="factor">How many new units one old unit is.</param>
    public Estimate Scaled(double factor) => new(Value * factor, StandardError * Math.Abs(factor));

    /// <summary>e to the power of the estimate; the error by the delta method, e^value · error.</summary>
    public Estimate Exp() => new(Math.Exp(Value), Math.Exp(Value) * StandardError);

    /// <inheritdoc/>
    public override string ToString() => $"{Value:G6} ± {StandardError:G2}";
}
