using System.Diagnostics.CodeAnalysis;

namespace Bantam.Models;

/// <summary>The families that Bantam knows, one line each. What is not here is refused by name, never guessed.</summary>
public static class Architectures
{
    /// <summary>All families.</summary>
    public static IReadOnlyList<Architecture> All { get; } = [];

    /// <summary>Finds a family by Hugging Face's <c>model_type</c>.</summary>
    public static bool TryFind(string name, [NotNullWhen(true)] out Architecture? architecture)
    {
        architecture = All.FirstOrDefault(a => a.Name == name);
        return architecture is not null;
    }
}
