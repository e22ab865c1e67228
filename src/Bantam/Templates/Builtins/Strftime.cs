using System.Globalization;
using System.Text;

namespace Bantam.Templates.Builtins;

/// <summary>Dates by C's formats, with English names wherever it runs.</summary>
internal static class Strftime
{
    public static string Format(DateTimeOffset now, string format)
    {
        var text = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }
            var bare = format[i + 1] == '-' && i + 2 < format.Length;
            i += bare ? 2 : 1;
            var field = Field(now, format[i]);
            text.Append(bare && field.Length > 1 && field.TrimStart('0', ' ') is var trimmed ? trimmed.Length == 0 ? "0" : trimmed : field);
        }
        return text.ToString();
    }

    private static string Field(DateTimeOffset now, char field) => field switch
    {
        'Y' => Number(now.Year, "0000"),
        'y' => Number(now.Year % 100, "00"),
        'C' => Number(now.Year / 100, "00"),
        'm' => Number(now.Month, "00"),
        'd' => Number(now.Day, "00"),
        'e' => now.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'j' => Number(now.DayOfYear, "000"),
        'H' => Number(now.Hour, "00"),
        'I' => Number(Twelve(now), "00"),
        'k' => now.Hour.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'l' => Twelve(now).ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'M' => Number(now.Minute, "00"),
        'S' => Number(now.Second, "00"),
        'f' => now.ToString("ffffff", CultureInfo.InvariantCulture),
        'p' => now.Hour < 12 ? "AM" : "PM",
        'P' => now.Hour < 12 ? "am" : "pm",
        'a' => now.ToString("ddd", CultureInfo.InvariantCulture),
        'A' => now.ToString("dddd", CultureInfo.InvariantCulture),
        'b' or 'h' => now.ToString("MMM", CultureInfo.InvariantCulture),
        'B' => now.ToString("MMMM", CultureInfo.InvariantCulture),
        'u' => Number(now.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)now.DayOfWeek, "0"),
        'w' => Number((int)now.DayOfWeek, "0"),
        'U' => Number((now.DayOfYear + 6 - (int)now.DayOfWeek) / 7, "00"),
        'W' => Number((now.DayOfYear + 6 - (((int)now.DayOfWeek + 6) % 7)) / 7, "00"),
        'G' => Number(ISOWeek.GetYear(now.DateTime), "0000"),
        'V' => Number(ISOWeek.GetWeekOfYear(now.DateTime), "00"),
        's' => now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        'z' => now.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal),
        'F' => Format(now, "%Y-%m-%d"),
        'D' or 'x' => Format(now, "%m/%d/%y"),
        'T' or 'X' => Format(now, "%H:%M:%S"),
        'R' => Format(now, "%H:%M"),
        'r' => Format(now, "%I:%M:%S %p"),
        'c' => Format(now, "%a %b %e %H:%M:%S %Y"),
        'n' => "\n",
        't' => "\t",
        '%' => "%",
        'Z' => "",
        _ => throw Fault.Operation($"'%{field}' in a format of strftime_now is not known"),
    };

    private static int Twelve(DateTimeOffset now) => now.Hour % 12 == 0 ? 12 : now.Hour % 12;

    private static string Number(int value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
