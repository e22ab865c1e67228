namespace Bantam.Templates.Values;

/// <summary>
/// + - * / // % ** on numbers, and what + * % mean for strings and lists. Integers have 64 bits: what does not fit is
/// refused and never wraps.
/// </summary>
internal static class Arithmetic
{
    public static object? Apply(Meter meter, string symbol, object? a, object? b)
    {
        if ((a as Undefined ?? b as Undefined) is { } missing && !(symbol == "%" && a is string))
            throw missing.Fault();
        switch (symbol, a, b)
        {
            case ("+", string s, string t):
                meter.Text((long)s.Length + t.Length);
                return s + t;
            // Jinja2 refuses a number beside a string; templates written for other engines rely on it.
            case ("+", string s, long or double):
                return Apply(meter, symbol, s, PythonText.Of(meter, b));
            case ("+", long or double, string t):
                return Apply(meter, symbol, PythonText.Of(meter, a), t);
            case ("+", ListValue s, ListValue t) when s.IsTuple == t.IsTuple:
                meter.Elements((long)s.Count + t.Count);
                return new ListValue([.. s.Items, .. t.Items], s.IsTuple ? ListKind.Tuple : ListKind.List, own: true);
            case ("*", string or ListValue, long or bool):
                return Repeat(meter, a, Whole(b));
            case ("*", long or bool, string or ListValue):
                return Repeat(meter, b, Whole(a));
            case ("%", string s, _):
                return b is ListValue { IsTuple: true } many ? PrintfFormat.Apply(meter, s, many.Items) : PrintfFormat.Apply(meter, s, [b], b as DictValue, mayRemain: b is DictValue or ListValue or Undefined);
        }
        if (IsWhole(a) && IsWhole(b) && symbol != "/")
            return Integers(symbol, Whole(a), Whole(b));
        if (Float(a) is not { } x || Float(b) is not { } y)
            throw Fault.Operation($"'{symbol}' of {TypeName.Of(a)} and {TypeName.Of(b)}");
        return Floats(symbol, x, y);
    }

    public static object Negate(object? value) => value switch
    {
        Undefined u => throw u.Fault(),
        double d => (object)-d,
        long or bool when Whole(value) != long.MinValue => -Whole(value),
        _ => throw Fault.Operation($"'-' of {TypeName.Of(value)}"),
    };

    public static object Plus(object? value) => value switch
    {
        Undefined u => throw u.Fault(),
        double => value,
        long or bool => Whole(value),
        _ => throw Fault.Operation($"'+' of {TypeName.Of(value)}"),
    };

    public static bool IsWhole(object? value) => value is long or bool;

    public static long Whole(object? value) => value is long n ? n : value is true ? 1 : 0;

    public static double? Float(object? value) => value is double d ? d : IsWhole(value) ? Whole(value) : null;

    /// <summary><paramref name="text"/> so many times; whoever asks has had the length counted.</summary>
    public static string Repeated(string text, int times) => times == 0 ? "" : string.Create(text.Length * times, text, (all, one) =>
    {
        one.CopyTo(all);
        for (var filled = one.Length; filled < all.Length; filled *= 2)
            all[..Math.Min(filled, all.Length - filled)].CopyTo(all[filled..]);
    });

    public static Fault TooLarge(string what) => Fault.Operation($"{what} does not fit 64 bits");

    private static object Repeat(Meter meter, object? value, long times)
    {
        times = Math.Max(0, times);
        if (value is string text)
        {
            // A product that overflows is refused by the meter like any that is too large.
            meter.Text(text.Length == 0 ? 0 : times > int.MaxValue ? long.MaxValue >> 8 : times * text.Length);
            return Repeated(text, text.Length == 0 ? 0 : (int)times);
        }
        var list = (ListValue)value!;
        meter.Elements(list.Count == 0 ? 0 : times > int.MaxValue ? long.MaxValue >> 8 : times * list.Count);
        var items = new List<object?>();
        for (var i = 0L; list.Count > 0 && i < times; i++)
            items.AddRange(list.Items);
        return new ListValue(items, list.Kind, own: true);
    }

    private static object Integers(string symbol, long a, long b)
    {
        try
        {
            return symbol switch
            {
                "+" => checked(a + b),
                "-" => checked(a - b),
                "*" => checked(a * b),
                "//" or "%" when b == 0 => throw Fault.Operation("division by zero"),
                "//" when b == -1 => checked(-a),
                "//" => (a / b) - (a % b != 0 && a < 0 != b < 0 ? 1 : 0),
                "%" when b == -1 => 0L,
                "%" => a % b is var rest && rest != 0 && rest < 0 != b < 0 ? rest + b : rest,
                "**" when b < 0 => (object)Floats("**", a, b),
                _ => Power(a, b),
            };
        }
        catch (OverflowException)
        {
            throw TooLarge($"{a} {symbol} {b}");
        }
    }

    private static long Power(long a, long b)
    {
        if (a is 0 or 1 or -1)
            return b == 0 ? 1 : a == -1 && b % 2 == 0 ? 1 : a;
        var power = 1L;
        for (var i = 0L; i < b; i++)
            power = checked(power * a);
        return power;
    }

    private static double Floats(string symbol, double x, double y)
    {
        if (symbol is "/" or "//" or "%" && y == 0)
            throw Fault.Operation("division by zero");
        return symbol switch
        {
            "+" => x + y,
            "-" => x - y,
            "*" => x * y,
            "/" => x / y,
            "//" => Math.Floor(x / y),
            "%" => Modulo(x, y),
            _ => Power(x, y),
        };
    }

    // The sign is the divisor's.
    private static double Modulo(double x, double y)
    {
        var rest = x % y;
        return rest == 0 ? Math.CopySign(0, y) : rest < 0 != y < 0 ? rest + y : rest;
    }

    private static double Power(double x, double y)
    {
        if (x == 0 && y < 0)
            throw Fault.Operation("zero to a negative power");
        var power = Math.Pow(x, y);
        return double.IsNaN(power) && !double.IsNaN(x) && !double.IsNaN(y) || (double.IsInfinity(power) && double.IsFinite(x) && double.IsFinite(y))
            ? throw Fault.Operation($"{PythonFloat.Repr(x)} ** {PythonFloat.Repr(y)} is no finite number")
            : power;
    }
}
