using System.Text.Json.Nodes;

namespace Bantam.Peers.Compare;

/// <summary>A number that both programs print under one name.</summary>
/// <param name="Name">What it is called in tables.</param>
/// <param name="Unit">Its unit there.</param>
/// <param name="Scale">What the printed number is multiplied with to be in that unit.</param>
/// <param name="MoreIsBetter">Speeds; not times and sizes.</param>
/// <param name="Path">Its place in the JSON.</param>
/// <param name="Bound">What bounds it in the machine.</param>
internal sealed record Quantity(string Name, string Unit, double Scale, bool MoreIsBetter, string[] Path, Bound Bound = Bound.None)
{
    /// <summary>The number in what a program printed; null where it did not.</summary>
    public double? Read(JsonNode? printed)
    {
        foreach (var name in Path) printed = printed?[name];
        return printed is null ? null : printed.GetValue<double>() * Scale;
    }

    /// <summary>Tokens per second, the median of a program's rounds.</summary>
    public static Quantity Speed(string name, string field, Bound bound = Bound.None) => new(name, "tok/s", 1, MoreIsBetter: true, [field, "median"], bound);

    /// <summary>Bytes.</summary>
    public static Quantity Size(string name, string field) => new(name, "MiB", 1.0 / (1 << 20), MoreIsBetter: false, [field]);

    /// <summary>Seconds.</summary>
    public static Quantity Time(string name, string field) => new(name, "ms", 1000, MoreIsBetter: false, [field]);
}

/// <summary>What a speed cannot exceed.</summary>
internal enum Bound
{
    /// <summary>Nothing that is measured here.</summary>
    None,

    /// <summary>The rate at which the file is read, each byte once per token.</summary>
    Memory,

    /// <summary>The rate of multiply-adds.</summary>
    Arithmetic,
}
