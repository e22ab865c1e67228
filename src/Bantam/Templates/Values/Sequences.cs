namespace Bantam.Templates.Values;

/// <summary>Lengths, and what a loop or a filter runs over: lists, the keys of dicts, the characters of strings.</summary>
internal static class Sequences
{
    public static long Length(Meter meter, object? value)
    {
        switch (value)
        {
            case string text:
                meter.Scan(text.Length);
                return CodePoints.Count(text);
            case ListValue list:
                return list.Count;
            case DictValue dict:
                return dict.Count;
            case Undefined:
                return 0;
            default:
                throw Fault.Operation($"{TypeName.Of(value)} has no length");
        }
    }

    public static List<object?> Of(Meter meter, object? value)
    {
        switch (value)
        {
            case ListValue list:
                return list.Items;
            case DictValue dict:
                meter.Elements(dict.Count);
                return [.. dict.Entries.Select(e => e.Key)];
            case string text:
                meter.Elements(text.Length);
                return [.. CodePoints.Of(text)];
            case Undefined:
                return [];
            default:
                throw Fault.Operation($"{TypeName.Of(value)} cannot be looped over");
        }
    }

    /// <summary>A list of the template's own with the same elements.</summary>
    public static ListValue Copy(Meter meter, object? value)
    {
        var items = Of(meter, value);
        meter.Elements(items.Count);
        return new([.. items], own: true);
    }
}
