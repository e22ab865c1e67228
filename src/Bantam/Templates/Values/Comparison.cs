namespace Bantam.Templates.Values;

/// <summary>Equality and order as Python has them: 1 == 1.0 == true, and order only among what has one.</summary>
internal static class Comparison
{
    public static bool AreEqual(Meter meter, object? a, object? b)
    {
        if (Number(a, out var whole, out var x) && Number(b, out var other, out var y))
            return whole is { } m && other is { } n ? m == n : Compare(whole, x, other, y) == 0;
        switch (a, b)
        {
            case (null, null):
                return true;
            case (string s, string t):
                meter.Scan(s.Length == t.Length ? s.Length : 1);
                return s == t;
            case (Undefined, Undefined):
                return true;
            case (ListValue s, ListValue t):
                return ReferenceEquals(s, t) || (s.Count == t.Count && s.IsTuple == t.IsTuple && Elements(meter, s, t));
            case (DictValue s, DictValue t):
                return ReferenceEquals(s, t) || (s.Count == t.Count && Entries(meter, s, t));
            default:
                return ReferenceEquals(a, b);
        }
    }

    /// <summary>Negative, zero or positive; NaN is in no order with anything and comes out as <see cref="int.MinValue"/>.</summary>
    public static int Compare(Meter meter, object? a, object? b)
    {
        meter.Step();
        if (Number(a, out var whole, out var x) && Number(b, out var other, out var y))
            return Compare(whole, x, other, y);
        switch (a, b)
        {
            case (string s, string t):
                meter.Scan(Math.Min(s.Length, t.Length));
                return CodePoints.Compare(s, t);
            case (ListValue s, ListValue t):
                meter.Nest();
                for (var i = 0; i < Math.Min(s.Count, t.Count); i++)
                    if (!AreEqual(meter, s[i], t[i]))
                    {
                        var order = Compare(meter, s[i], t[i]);
                        meter.Leave();
                        return order;
                    }
                meter.Leave();
                return s.Count.CompareTo(t.Count);
            case (Undefined u, _):
                throw u.Fault();
            case (_, Undefined u):
                throw u.Fault();
            default:
                throw Fault.Operation($"{TypeName.Of(a)} and {TypeName.Of(b)} have no order");
        }
    }

    public static bool Contains(Meter meter, object? container, object? item)
    {
        switch (container)
        {
            case string text when item is string part:
                return Search.Find(meter, text, part, 0) >= 0;
            case string:
                throw item is Undefined missing ? missing.Fault() : Fault.Operation($"'in' a string needs a string and was given {TypeName.Of(item)}");
            case ListValue list:
                meter.Step(list.Count);
                foreach (var element in list.Items)
                    if (AreEqual(meter, element, item))
                        return true;
                return false;
            case DictValue dict:
                // A tuple could be a key in Python; no dict here has one.
                return item is not ListValue { IsTuple: true } && dict.Has(item);
            case Undefined:
                return false;
            default:
                throw Fault.Operation($"'in' needs a string, list or dict and was given {TypeName.Of(container)}");
        }
    }

    private static bool Elements(Meter meter, ListValue s, ListValue t)
    {
        meter.Step(2);
        meter.Nest();
        var same = true;
        for (var i = 0; same && i < s.Count; i++)
        {
            meter.Step();
            same = AreEqual(meter, s[i], t[i]);
        }
        meter.Leave();
        return same;
    }

    private static bool Entries(Meter meter, DictValue s, DictValue t)
    {
        meter.Step(2);
        meter.Nest();
        var same = true;
        foreach (var (key, value) in s.Entries)
        {
            meter.Step();
            same = same && t.TryGet(key, out var other) && AreEqual(meter, value, other);
        }
        meter.Leave();
        return same;
    }

    private static bool Number(object? value, out long? whole, out double number)
    {
        whole = value is long n ? n : value is bool b ? (b ? 1 : 0) : null;
        number = whole ?? (value is double d ? d : 0);
        return whole is not null || value is double;
    }

    private static int Compare(long? m, double x, long? n, double y) => (m, n) switch
    {
        ({ } a, { } b) => a.CompareTo(b),
        _ when double.IsNaN(x) || double.IsNaN(y) => int.MinValue,
        ({ } a, null) => Compare(a, y),
        (null, { } b) => -Compare(b, x),
        _ => x.CompareTo(y),
    };

    // Exactly: beyond 2^53 an integer has no double of its own.
    private static int Compare(long whole, double number)
    {
        const double Beyond = 9223372036854775808.0;
        if (Math.Abs(number) >= Beyond)
            return number > 0 ? -1 : number == -Beyond ? whole.CompareTo(long.MinValue) : 1;
        var truncated = Math.Truncate(number);
        var order = whole.CompareTo((long)truncated);
        return order != 0 ? order : truncated.CompareTo(number);
    }
}
