using System.Globalization;
using System.Text;

namespace Bantam.Templates.Values;

/// <summary>The % of Python's strings: %s %r %d %i %u %c %x %X %o %e %f %g with flags, width and precision.</summary>
internal static class PrintfFormat
{
    /// <param name="meter">What it may cost.</param>
    /// <param name="format">The text with its %s.</param>
    /// <param name="values">What goes in, in order.</param>
    /// <param name="named">What goes in by name: %(name)s.</param>
    /// <param name="mayRemain">Whether values may be left over, as one list or dict may in Python.</param>
    public static string Apply(Meter meter, string format, IReadOnlyList<object?> values, DictValue? named = null, bool mayRemain = false)
    {
        var text = new StringBuilder();
        var next = 0;
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }
            var spec = Spec.Read(meter, format, ref i, () => Take(values, ref next));
            if (spec.Kind == '%')
            {
                text.Append('%');
                continue;
            }
            var value = spec.Name is null ? Take(values, ref next)
                : (named ?? throw Fault.Operation("'%(name)' needs a dict")).TryGet(spec.Name, out var entry) ? entry
                : throw Fault.Operation($"'%({spec.Name})' and no such key");
            meter.Text(Math.Max(spec.Width, 0) + (long)text.Length);
            text.Append(spec.Pad(One(meter, spec, value)));
        }
        if (next < values.Count && !mayRemain)
            throw Fault.Operation($"a format for {next} values and {values.Count} are given");
        meter.Text(format.Length);
        return text.ToString();
    }

    private static object? Take(IReadOnlyList<object?> values, ref int next) =>
        next < values.Count ? values[next++] : throw Fault.Operation("a format for more values than are given");

    private static string One(Meter meter, Spec spec, object? value)
    {
        switch (spec.Kind)
        {
            case 's' or 'r' or 'a':
                var text = spec.Kind == 's' ? PythonText.Of(meter, value) : PythonText.Repr(meter, value);
                return spec.Precision >= 0 && spec.Precision < text.Length ? (string)Slices.Slice(meter, text, 0, spec.Precision, 1) : text;
            case 'c':
                return value is string { Length: > 0 and <= 2 } one ? one : char.ConvertFromUtf32((int)Math.Clamp(Whole(value), 0, 0xd7ff));
            case 'd' or 'i' or 'u' or 'x' or 'X' or 'o':
                return spec.Signed(Whole(value) < 0, Digits(spec, (ulong)(Whole(value) < 0 ? -Whole(value) : Whole(value))));
            default:
                var number = Arithmetic.Float(value) ?? throw Wrong(spec, value);
                return spec.Signed(double.IsNegative(number), spec.Number(Math.Abs(number)));
        }

        long Whole(object? v) => v is double d && Math.Abs(d) < 9e18 && spec.Kind is 'd' or 'i' or 'u' ? (long)(v is double e ? e : Arithmetic.Whole(v)) :
            Arithmetic.IsWhole(v) ? Arithmetic.Whole(v) : throw Wrong(spec, v);
    }

    private static Fault Wrong(Spec spec, object? value) => value is Undefined u ? u.Fault() : Fault.Operation($"'%{spec.Kind}' of {TypeName.Of(value)}");

    private static string Digits(Spec spec, ulong value)
    {
        var digits = spec.Kind switch
        {
            'x' => value.ToString("x", CultureInfo.InvariantCulture),
            'X' => value.ToString("X", CultureInfo.InvariantCulture),
            'o' => Convert.ToString((long)value, 8),
            _ => value.ToString(CultureInfo.InvariantCulture),
        };
        return (spec.Alternate ? spec.Kind switch { 'x' => "0x", 'X' => "0X", 'o' => "0o", _ => "" } : "") + digits.PadLeft(Math.Max(spec.Precision, 0), '0');
    }
}

/// <summary>One specification behind a %.</summary>
internal readonly record struct Spec(string? Name, string Flags, int Width, int Precision, char Kind)
{
    // Python prints no float with more; more would not be exact anyway.
    private const int MaxDigits = 100;

    public bool Alternate => Flags.Contains('#', StringComparison.Ordinal);

    private bool Left => Flags.Contains('-', StringComparison.Ordinal);

    public static Spec Read(Meter meter, string format, ref int i, Func<object?> take)
    {
        string? name = null;
        i++;
        if (i < format.Length && format[i] == '(')
        {
            var end = format.IndexOf(')', i);
            if (end < 0)
                throw Fault.Operation("'%(' without ')' in a format");
            (name, i) = (format[(i + 1)..end], end + 1);
        }
        var flags = i;
        while (i < format.Length && "#0- +".Contains(format[i], StringComparison.Ordinal))
            i++;
        var set = format[flags..i];
        var width = Count(meter, format, ref i, take) ?? -1;
        var precision = -1;
        if (i < format.Length && format[i] == '.')
        {
            i++;
            precision = Count(meter, format, ref i, take) ?? 0;
        }
        while (i < format.Length && format[i] is 'h' or 'l' or 'L')
            i++;
        if (i >= format.Length || !"sradiucxXoeEfFgG%".Contains(format[i], StringComparison.Ordinal))
            throw Fault.Operation(i >= format.Length ? "a format that ends within a '%'" : $"'%{format[i]}' in a format; %s, %d, %f and their kin are known");
        return width < 0 && width != -1 ? new(name, set + "-", -width, precision, format[i]) : new(name, set, width, precision, format[i]);
    }

    public string Number(double value)
    {
        if (!double.IsFinite(value))
            return double.IsNaN(value) ? "nan" : "inf";
        var digits = Precision < 0 ? 6 : Precision;
        if (digits > MaxDigits)
            throw Fault.Operation($"a float with {digits} digits; at most {MaxDigits} can be written");
        var text = char.ToLowerInvariant(Kind) switch
        {
            'f' => value.ToString("F" + digits, CultureInfo.InvariantCulture),
            'e' => Exponent(value, digits),
            _ => General(value, Math.Max(digits, 1)),
        };
        return char.IsUpper(Kind) ? text.ToUpperInvariant() : text;
    }

    public string Signed(bool negative, string digits)
    {
        var sign = negative ? "-" : Flags.Contains('+', StringComparison.Ordinal) ? "+" : Flags.Contains(' ', StringComparison.Ordinal) ? " " : "";
        return Flags.Contains('0', StringComparison.Ordinal) && !Left ? sign + digits.PadLeft(Math.Max(0, Width - sign.Length), '0') : sign + digits;
    }

    public string Pad(string text)
    {
        var missing = Width - CodePoints.Count(text);
        return missing <= 0 ? text : Left ? text + new string(' ', missing) : new string(' ', missing) + text;
    }

    private static int? Count(Meter meter, string format, ref int i, Func<object?> take)
    {
        if (i < format.Length && format[i] == '*')
        {
            i++;
            var given = take() is long n ? n : throw Fault.Operation("'*' in a format needs an integer");
            meter.Text(Math.Abs(Math.Clamp(given, -int.MaxValue, int.MaxValue)));
            return (int)given;
        }
        var value = -1L;
        for (; i < format.Length && char.IsAsciiDigit(format[i]); i++)
            value = Math.Min((Math.Max(value, 0) * 10) + (format[i] - '0'), int.MaxValue);
        meter.Text(Math.Max(value, 0));
        return value < 0 ? null : (int)value;
    }

    // .NET's own "E" has three digits in the exponent, and a custom format gives up digits beyond the fifteenth.
    private static string Exponent(double value, int digits)
    {
        var text = value.ToString("e" + digits, CultureInfo.InvariantCulture);
        return text[..^3] + text[^3..].TrimStart('0').PadLeft(2, '0');
    }

    // Like Python and C: the shorter of both, without zeros at the end.
    private static string General(double value, int digits)
    {
        if (value == 0)
            return "0";
        var scientific = Exponent(value, digits - 1);
        var e = scientific.IndexOf('e', StringComparison.Ordinal);
        var exponent = int.Parse(scientific.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent >= -4 && exponent < digits)
            return Trim(value.ToString("F" + (digits - 1 - exponent), CultureInfo.InvariantCulture));
        return Trim(scientific[..e]) + scientific[e..];
    }

    private static string Trim(string digits) => digits.Contains('.', StringComparison.Ordinal) ? digits.TrimEnd('0').TrimEnd('.') : digits;
}
