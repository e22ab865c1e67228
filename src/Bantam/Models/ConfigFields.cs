using System.Text.Json;

namespace Bantam.Models;

/// <summary>
/// Typed reading of the fields of a config.json. Absent fields take the given default; what is there must make sense, or
/// the file is refused (BT1063).
/// </summary>
internal readonly struct ConfigFields(JsonElement root, string file)
{
    public string File => file;

    /// <summary>Whether the field is there and not null.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>A whole number that must be there.</summary>
    public int Int(string name, int least, int most) =>
        Find(name) is { } value ? Int(name, value, least, most) : throw Refuse(name, "absent", $"must be a whole number from {least} to {most}");

    /// <summary>A whole number, or the default where the field is absent or null.</summary>
    public int Int(string name, int least, int most, int absent) => Find(name) is { } value ? Int(name, value, least, most) : absent;

    /// <summary>A whole number or null, which an absent field does not mean.</summary>
    public int? IntOrNull(string name, int least, int most, int? absent) =>
        Find(name) is { } value ? Int(name, value, least, most) : IsNull(name) ? null : absent;

    /// <summary>A finite number above zero.</summary>
    public float Positive(string name, float absent) => PositiveOrNull(name) ?? absent;

    /// <summary>A finite number above zero, or null.</summary>
    public float? PositiveOrNull(string name) => Find(name) is { } value ? Positive(name, value) : null;

    /// <summary>A list of exactly <paramref name="length"/> finite numbers above zero, which must be there.</summary>
    public IReadOnlyList<float> Positives(string name, int length)
    {
        var (fields, elements) = (this, Elements(name, ConfigLimits.HeadDim));
        if (elements is null) throw Refuse(name, "absent", $"must be a list of {length} numbers");
        if (elements.Count != length) throw Refuse(name, $"a list of {elements.Count}", $"must have {length} entries, one for each pair that rotates");
        return elements.ConvertAll(e => fields.Positive(name, e));
    }

    public bool Bool(string name, bool absent) => Find(name) switch
    {
        null => absent,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } other => throw Refuse(name, Show(other), "must be true or false"),
    };

    public string? Text(string name) => Find(name) is { } value ? Text(name, value) : null;

    public IReadOnlyList<string>? Texts(string name, int most)
    {
        var (fields, elements) = (this, Elements(name, most));
        return elements?.ConvertAll(e => fields.Text(name, e));
    }

    public IReadOnlyList<int>? Ints(string name, int least, int mostValue, int mostElements)
    {
        var (fields, elements) = (this, Elements(name, mostElements));
        return elements?.ConvertAll(e => fields.Int(name, e, least, mostValue));
    }

    /// <summary>One whole number or a list of them.</summary>
    public IReadOnlyList<int>? IntOrInts(string name, int least, int mostValue, int mostElements) =>
        Find(name) is { ValueKind: not JsonValueKind.Array } single
            ? [Int(name, single, least, mostValue)]
            : Ints(name, least, mostValue, mostElements);

    /// <summary>The fields of an object inside this one, or null where it is absent.</summary>
    public ConfigFields? Object(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => new ConfigFields(value, file),
        { } other => throw Refuse(name, Show(other), "must be an object"),
    };

    /// <summary>The objects that the fields of an object inside this one hold; none where it is absent.</summary>
    public IReadOnlyList<ConfigFields> Objects(string name)
    {
        if (Find(name) is not { } group || Object(name) is not { } fields) return [];
        return [.. group.EnumerateObject().Select(p => fields.Object(p.Name)).OfType<ConfigFields>()];
    }

    /// <summary>How many fields this object has.</summary>
    public int Count() => root.EnumerateObject().Count();

    public ModelFileException Refuse(string field, object value, string limit) =>
        new("BT1063", file, field, value.ToString() ?? "", limit);

    /// <summary>A reason for refusing, with a word on the model's own code where the file asks for it.</summary>
    public string WithCode(string why) => CustomCode.Why(why, root);

    private JsonElement? Find(string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public bool IsNull(string name) => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Null;

    private float Positive(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && (float)number > 0 && float.IsFinite((float)number)
            ? (float)number
            : throw Refuse(name, Show(value), "must be a finite number above 0");

    private int Int(string name, JsonElement value, int least, int most) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= least && number <= most
            ? (int)number
            : throw Refuse(name, Show(value), $"must be a whole number from {least} to {most}");

    private string Text(string name, JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Refuse(name, Show(value), "must be a string");
        }
        catch (InvalidOperationException)
        {
            throw Refuse(name, "a string with half a surrogate pair", "must be a string of Unicode text");
        }
    }

    private List<JsonElement>? Elements(string name, int most)
    {
        if (Find(name) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Array) throw Refuse(name, Show(value), "must be a list");
        if (value.GetArrayLength() > most) throw Refuse(name, $"a list of {value.GetArrayLength()}", $"must have at most {most} entries");
        return [.. value.EnumerateArray()];
    }

    private static string Show(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        _ => value.GetRawText(),
    };
}
