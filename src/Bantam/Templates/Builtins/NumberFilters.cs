using System.Globalization;
using Bantam.Templates.Parsing;
using Bantam.Templates.Values;

namespace Bantam.Templates.Builtins;

/// <summary>Filters about numbers.</summary>
internal static class NumberFilters
{
    public static readonly Dictionary<string, Filter> Known = new(StringComparer.Ordinal)
    {
        ["int"] = Int,
        ["float"] = (_, v, a) => Float(v) ?? a.Bind("float", "default").Get(0, 0.0),
        ["abs"] = (_, v, _) => v is double d ? Math.Abs(d) : Arithmetic.IsWhole(v) && Arithmetic.Whole(v) >= 0 ? Arithmetic.Plus(v) : Arithmetic.Negate(v),
        ["round"] = Round,
    };

    private static object? Int(Render render, object? value, Arguments arguments)
    {
        var bound = arguments.Bind("int", "default", "base");
        switch (value)
        {
            case Undefined u:
                throw u.Fault();
            case long or bool:
                return Arithmetic.Whole(value);
            case string text when Whole(text, bound.Integer(1, 10)) is { } whole:
                return whole;
            default:
                return Float(value) is not { } number || !double.IsFinite(number) ? bound.Get(0, 0L)
                    : Math.Abs(number) < 9.2e18 ? (long)number
                    : throw Arithmetic.TooLarge("int");
        }
    }

    private static long? Whole(string text, long radix)
    {
        var digits = Blank.TrimStart(Blank.TrimEnd(text)).ToString().Replace("_", "", StringComparison.Ordinal);
        if (radix == 10)
            return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole : null;
        if (radix is not (2 or 8 or 16))
            throw Fault.Operation($"int to the base {radix}; 2, 8, 10 and 16 are known");
        var negative = digits.StartsWith('-');
        digits = digits.TrimStart('-', '+');
        if (digits.Length > 2 && digits[0] == '0' && char.ToLowerInvariant(digits[1]) == (radix == 2 ? 'b' : radix == 8 ? 'o' : 'x'))
            digits = digits[2..];
        if (digits.Length is 0 or > 60 || !digits.All(char.IsAsciiHexDigit))
            return null;
        var value = 0L;
        foreach (var digit in digits)
        {
            var one = Convert.ToInt32(digit.ToString(), 16);
            if (one >= radix || value > (long.MaxValue - one) / radix)
                return null;
            value = (value * radix) + one;
        }
        return negative ? -value : value;
    }

    private static double? Float(object? value) => value switch
    {
        Undefined u => throw u.Fault(),
        string text => Parse(Blank.TrimStart(Blank.TrimEnd(text)).ToString()),
        _ => Arithmetic.Float(value),
    };

    private static double? Parse(string text) => text.TrimStart('+', '-').ToLowerInvariant() switch
    {
        "inf" or "infinity" => text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity,
        "nan" => double.NaN,
        _ => text.All(c => char.IsAsciiDigit(c) || c is '+' or '-' or '.' or 'e' or 'E') && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var d) ? d : null,
    };

    private static object Round(Render render, object? value, Arguments arguments)
    {
        var bound = arguments.Bind("round", "precision", "method");
        var (precision, method) = (bound.Integer(0, 0), bound.Text(1, "common"));
        if (Math.Abs(precision) > 300)
            throw Fault.Operation($"round to {precision} digits");
        if (value is Undefined u)
            throw u.Fault();
        if (Arithmetic.Float(value) is not { } number)
            throw Fault.Operation($"round of {TypeName.Of(value)}");
        if (method == "common" && value is not double && precision >= 0)
            return Arithmetic.Whole(value);
        var scale = Math.Pow(10, precision);
        return method switch
        {
            "common" => Nearest(number, (int)precision),
            "ceil" => Math.Ceiling(number * scale) / scale,
            "floor" => Math.Floor(number * scale) / scale,
            _ => throw Fault.Operation("round knows the methods common, ceil and floor"),
        };
    }

    // The decimal nearest to the exact value, ties to even, as Python rounds.
    private static double Nearest(double value, int precision)
    {
        if (!double.IsFinite(value))
            return value;
        if (precision <= 0)
            return Math.Round(value / Math.Pow(10, -precision), MidpointRounding.ToEven) * Math.Pow(10, -precision);
        var exact = value.ToString("F" + (precision + 40), CultureInfo.InvariantCulture);
        var tie = exact.AsSpan(exact.Length - 40).TrimEnd('0') is "5";
        var kept = exact[..^40];
        var even = (kept[^1] - '0') % 2 == 0;
        return double.Parse(tie && even ? kept : value.ToString("F" + precision, CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }
}
