using Bantam.Evaluation;
using Bantam.Sizing;
using Spectre.Console;

namespace Bantam.Cli;

/// <summary>How tables and facts look, the same for every verb.</summary>
internal static class Tables
{
    /// <summary>A table with a line under its head. A name that begins with <c>&gt;</c> makes a right-aligned column.</summary>
    public static Table New(params ReadOnlySpan<string> columns)
    {
        var table = new Table { Border = TableBorder.Simple, ShowRowSeparators = false };
        foreach (var name in columns)
        {
            var right = name.StartsWith('>');
            var column = new TableColumn(new Markup($"[bold]{Markup.Escape(right ? name[1..] : name)}[/]"));
            _ = table.AddColumn(right ? column.RightAligned() : column);
        }
        return table;
    }

    /// <summary>Names and values in two columns, indented under a heading.</summary>
    public static Grid Facts(IEnumerable<(string Name, string Value)> facts)
    {
        var grid = new Grid()
            .AddColumn(new GridColumn { NoWrap = true, Padding = new Padding(2, 0, 2, 0) })
            .AddColumn(new GridColumn { Padding = new Padding(0, 0, 0, 0) });
        foreach (var (name, value) in facts)
            _ = grid.AddRow(new Text(name, new Style(decoration: Decoration.Dim)), new Text(value));
        return grid;
    }

    /// <summary>A number with separators, or <c>unknown</c>.</summary>
    public static string Number(long? value) => value is { } v ? $"{v:N0}" : "unknown";

    /// <summary>So many things: <c>1 round</c>, <c>5 rounds</c>.</summary>
    public static string Count(long count, string thing) => $"{count:N0} {thing}{(count == 1 ? "" : "s")}";

    /// <summary>A speed with three digits or more: <c>6.25 tokens/s</c>, <c>1,234 tokens/s</c>.</summary>
    public static string Speed(double tokensPerSecond) => $"{Digits(tokensPerSecond)} tokens/s";

    /// <summary>A measured number with three digits or more.</summary>
    public static string Digits(double value) => value switch { >= 100 => $"{value:N0}", >= 10 => $"{value:F1}", _ => $"{value:F2}" };

    /// <summary>Parameters as they are counted and as people say them: <c>2,506,172,416 (2.51 B)</c>.</summary>
    public static string Parameters(long? value) => value is { } v ? $"{v:N0} ({NominalSize.Format(v)})" : "unknown";

    /// <summary>Bytes in both units, or <c>unknown</c>; <paramref name="stacked"/> puts one under the other, for narrow windows.</summary>
    public static string Bytes(long? value, bool stacked = false)
    {
        if (value is not { } bytes) return "unknown";
        var text = ByteSize.Format(bytes);
        return stacked ? text.Replace(" (", "\n", StringComparison.Ordinal).TrimEnd(')') : text;
    }

    /// <summary>A measured number with its standard error: the error with two digits, and the value with as many decimals.</summary>
    public static string PlusMinus(Estimate? estimate)
    {
        if (estimate is not { } e) return "unknown";
        if (!double.IsFinite(e.StandardError)) return $"{Small(e.Value)} ± unknown";
        if (e.StandardError == 0) return $"{Small(e.Value)} ± 0";
        var decimals = Math.Max(0, 1 - (int)Math.Floor(Math.Log10(e.StandardError)));
        return decimals > 9 ? $"{Small(e.Value)} ± {e.StandardError:0.0E+0}" : $"{e.Value.ToString($"F{decimals}")} ± {e.StandardError.ToString($"F{decimals}")}";
    }

    /// <summary>Three digits, for numbers that may be tiny.</summary>
    public static string Small(double value) => value == 0 || Math.Abs(value) is >= 0.0001 and < 100_000 ? $"{value:G3}" : $"{value:0.00E+0}";
}
