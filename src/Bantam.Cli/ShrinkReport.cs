using Bantam.Compression;

namespace Bantam.Cli;

/// <summary>What <c>bantam shrink</c> tells.</summary>
/// <param name="Source">The original, as it was typed.</param>
/// <param name="Output">The file that was written.</param>
/// <param name="Budget">Most bytes it was allowed.</param>
/// <param name="PredictedBytes">What was predicted before writing.</param>
/// <param name="Measured">Whether formats were judged by measuring, or by the weights alone.</param>
/// <param name="Plan">The formats.</param>
/// <param name="Card">Before and after.</param>
/// <param name="Notices">What the file does not hold of the model, or another engine will make otherwise of it.</param>
internal sealed record ShrinkReport(string Source, string Output, long Budget, long PredictedBytes, bool Measured, ShrinkPlan Plan, ShrinkCard Card, IReadOnlyList<string> Notices);
