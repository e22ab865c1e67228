namespace Bantam.Compression;

/// <summary>One way to store an item.</summary>
/// <param name="Bytes">What it takes.</param>
/// <param name="Distortion">What it costs in quality, in any unit that adds up over items; finite.</param>
public readonly record struct BudgetOption(long Bytes, double Distortion);

/// <summary>What <see cref="BudgetSearch"/> chose.</summary>
/// <param name="Chosen">For every item the index of its option.</param>
/// <param name="Bytes">Sum over items; never above the budget.</param>
/// <param name="Distortion">Sum over items.</param>
/// <param name="IsOptimal">Whether no other choice within the budget has less distortion; without it, the search was too large to be exact.</param>
public sealed record BudgetChoice(IReadOnlyList<int> Chosen, long Bytes, double Distortion, bool IsOptimal);
