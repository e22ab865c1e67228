using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Bantam.Models;

namespace Bantam.Sizing;

/// <summary>
/// Names of well-known models and their published hyperparameters (<c>catalog.json</c>), so that a size or a fit needs no
/// download at all; and the names of models whose size nobody outside knows.
/// </summary>
public static class ModelCatalog
{
    private const string File = "catalog.json";

    private static readonly Lazy<(List<CatalogEntry> Models, List<UndisclosedModel> Undisclosed)> Content = new(Read);

    /// <summary>Every model with a known configuration.</summary>
    public static IReadOnlyList<CatalogEntry> All => Content.Value.Models;

    /// <summary>Models of undisclosed size.</summary>
    public static IReadOnlyList<UndisclosedModel> Undisclosed => Content.Value.Undisclosed;

    /// <summary>Finds a model by name or alias. Case, dots, dashes, colons and the publisher in front of a slash do not matter.</summary>
    public static bool TryFind(string name, [NotNullWhen(true)] out CatalogEntry? entry)
    {
        var key = Key(name);
        entry = All.FirstOrDefault(e => Names(e.Name, e.Aliases).Any(n => Key(n) == key));
        return entry is not null;
    }

    /// <summary>Finds a model of undisclosed size by name or alias, as forgivingly as <see cref="TryFind"/>.</summary>
    public static bool TryFindUndisclosed(string name, [NotNullWhen(true)] out UndisclosedModel? model)
    {
        var key = Key(name);
        model = Undisclosed.FirstOrDefault(e => Names(e.Name, e.Aliases).Any(n => Key(n) == key));
        return model is not null;
    }

    /// <summary>Finds a model by name or alias, or says why there is none.</summary>
    /// <exception cref="BantamException">BT2005: no such name, with the nearest ones. BT2006: the size of that model is not disclosed.</exception>
    public static CatalogEntry Find(string name)
    {
        if (TryFind(name, out var entry)) return entry;
        if (TryFindUndisclosed(name, out var hidden))
            throw new BantamException("BT2006", $"{hidden.DisplayName}: size undisclosed. {hidden.Note.TrimEnd('.')}");
        var near = Suggest(name);
        var help = near.Count == 0 ? "" : $"; did you mean {string.Join(" or ", near)}?";
        throw new BantamException("BT2005", $"the catalogue has no model '{ModelFileException.Printable(name)}'{help}");
    }

    /// <summary>The catalogue names that are nearest to <paramref name="name"/>, best first, at most three; none where nothing is near.</summary>
    public static IReadOnlyList<string> Suggest(string name)
    {
        var key = Key(name);
        if (key.Length is 0 or > 100) return [];
        // A third of the letters may differ; and a beginning is near, whatever follows.
        return [.. All
            .Select(e => (e.Name, Distance: Names(e.Name, e.Aliases).Min(n => Key(n) is var k && k.StartsWith(key, StringComparison.Ordinal) ? 1 : EditDistance(key, k))))
            .Where(e => e.Distance <= Math.Max(1, key.Length / 3))
            .OrderBy(e => e.Distance)
            .Take(3)
            .Select(e => e.Name)];
    }

    internal static string Key(string name) =>
        string.Concat(name[(name.LastIndexOf('/') + 1)..].Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();

    // Levenshtein: insertions, deletions and replacements that turn one into the other.
    internal static int EditDistance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }

    private static IEnumerable<string> Names(string name, IReadOnlyList<string> aliases) => aliases.Prepend(name);

    private static (List<CatalogEntry> Models, List<UndisclosedModel> Undisclosed) Read()
    {
        using var stream = typeof(ModelCatalog).Assembly.GetManifestResourceStream("Bantam.Sizing.catalog.json")!;
        using var document = JsonDocument.Parse(stream);
        return ([.. document.RootElement.GetProperty("models").EnumerateArray().Select(Entry)],
            [.. document.RootElement.GetProperty("undisclosed").EnumerateArray().Select(Hidden)]);
    }

    private static CatalogEntry Entry(JsonElement e) => new(
        Text(e, "name"),
        Text(e, "display"),
        NominalSize.TryParse(Text(e, "nominal"), out var nominal) ? nominal : throw new FormatException($"{File}: nominal size '{Text(e, "nominal")}'"),
        Aliases(e),
        HuggingFaceConfig.Read(e.GetProperty("config"), File));

    private static UndisclosedModel Hidden(JsonElement e) => new(Text(e, "name"), Text(e, "display"), Text(e, "note"), Aliases(e));

    private static List<string> Aliases(JsonElement e) => [.. e.GetProperty("aliases").EnumerateArray().Select(a => a.GetString()!)];

    private static string Text(JsonElement e, string name) => e.GetProperty(name).GetString()!;
}
