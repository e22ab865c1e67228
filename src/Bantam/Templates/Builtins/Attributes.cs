using System.Globalization;
using Bantam.Templates.Values;

namespace Bantam.Templates.Builtins;

/// <summary>The attribute that a filter is told to look at: 'a', 'a.b.0', or none, which is the element itself.</summary>
internal static class Attributes
{
    public static Func<object?, object?> Of(Meter meter, object? attribute, bool foldCase = false, object? otherwise = null)
    {
        var parts = attribute switch
        {
            null => [],
            long index => [index],
            string path => path.Split('.').Select(object (p) => long.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : p).ToArray(),
            _ => throw Fault.Operation($"an attribute is named by a string and not by {TypeName.Of(attribute)}"),
        };
        return item =>
        {
            foreach (var part in parts)
            {
                meter.Step();
                item = Lookup.Element(meter, item, part);
                if (item is Undefined && otherwise is not null)
                    item = otherwise;
            }
            return foldCase ? Fold(meter, item) : item;
        };
    }

    /// <summary>Several attributes, divided by commas: their values as a list, of one too. Lists of equal elements need no order among these.</summary>
    public static Func<object?, object?> Many(Meter meter, object? attribute, bool foldCase)
    {
        var keys = attribute is string names ? names.Split(',').Select(name => Of(meter, name, foldCase)).ToArray() : [Of(meter, attribute, foldCase)];
        return item => new ListValue([.. keys.Select(key => key(item))]);
    }

    private static object? Fold(Meter meter, object? value)
    {
        if (value is not string text)
            return value;
        meter.Text(text.Length);
        return text.ToLowerInvariant();
    }
}
