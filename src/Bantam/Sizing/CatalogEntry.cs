using Bantam.Models;

namespace Bantam.Sizing;

/// <summary>A model that the catalogue knows by name.</summary>
/// <param name="Name">Name on the command line: <c>gemma-2b</c>.</param>
/// <param name="DisplayName">What a person calls it.</param>
/// <param name="Nominal">The size in its name, to be held against the true count.</param>
/// <param name="Aliases">Other names for it.</param>
/// <param name="Config">Its published hyperparameters.</param>
public sealed record CatalogEntry(string Name, string DisplayName, NominalSize Nominal, IReadOnlyList<string> Aliases, ModelConfig Config);

/// <summary>A model whose makers keep its size to themselves.</summary>
/// <param name="Name">Name as one would type it: <c>gpt-4</c>.</param>
/// <param name="DisplayName">What a person calls it.</param>
/// <param name="Note">Who has not published what, in a sentence.</param>
/// <param name="Aliases">Other names for it.</param>
public sealed record UndisclosedModel(string Name, string DisplayName, string Note, IReadOnlyList<string> Aliases);
