using System.Text.RegularExpressions;

namespace Bantam.Tests;

/// <summary>Codes are looked up by people: each that the sources can print stands in docs/errors.md.</summary>
public sealed partial class ErrorCodeTests
{
    [Fact]
    public void Every_code_in_the_sources_is_documented()
    {
        var documented = Documented();
        var used = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(f => Quoted().Matches(File.ReadAllText(f)).Select(m => int.Parse(m.Groups[1].Value)))
            .ToHashSet();
        Assert.NotEmpty(used);
        Assert.Empty(used.Except(documented));
        Assert.Empty(documented.Except(used));
    }

    // "BT1003, 1004, 1005" and "BT1010 – 1013".
    private static HashSet<int> Documented()
    {
        var codes = new HashSet<int>();
        foreach (var cell in File.ReadLines(Path.Combine(Repository.Root, "docs", "errors.md")).Where(l => l.StartsWith("| BT", StringComparison.Ordinal)).Select(l => l.Split('|')[1]))
        {
            var numbers = Number().Matches(cell).Select(m => int.Parse(m.Value)).ToArray();
            codes.UnionWith(cell.Contains('–', StringComparison.Ordinal) ? Enumerable.Range(numbers[0], numbers[^1] - numbers[0] + 1) : numbers);
        }
        return codes;
    }

    [GeneratedRegex("\"BT([0-9]{4})\"")]
    private static partial Regex Quoted();

    [GeneratedRegex("[0-9]{4}")]
    private static partial Regex Number();
}
