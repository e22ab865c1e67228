using System.Text;

namespace Bantam.Inference;

/// <summary>
/// Ends a text at the first of some strings, wherever token boundaries fall: text that might be the beginning of one is
/// held back until that is decided, and nothing of a stop string is ever shown.
/// </summary>
public sealed class StopRules(IReadOnlyList<string> stops)
{
    private readonly string[] _stops = [.. stops.Where(s => s.Length > 0)];
    private readonly StringBuilder _held = new();

    /// <summary>Whether a stop string has been met.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Takes the next piece of text and returns what may be shown.</summary>
    public string Append(string text)
    {
        if (_stops.Length == 0 || Stopped) return Stopped ? "" : text;
        var all = _held.Append(text).ToString();
        var first = _stops.Select(s => all.IndexOf(s, StringComparison.Ordinal)).Where(i => i >= 0).DefaultIfEmpty(-1).Min();
        if (first >= 0)
        {
            Stopped = true;
            _held.Clear();
            return all[..first];
        }
        var keep = _stops.Max(s => Overlap(all, s));
        _held.Clear().Append(all.AsSpan(all.Length - keep));
        return all[..^keep];
    }

    /// <summary>The text still held back, at the end of generation.</summary>
    public string Flush()
    {
        var rest = _held.ToString();
        _held.Clear();
        return rest;
    }

    // The longest end of the text that is a beginning of the stop string.
    private static int Overlap(string text, string stop)
    {
        for (var n = Math.Min(text.Length, stop.Length - 1); n > 0; n--)
            if (text.AsSpan(text.Length - n).SequenceEqual(stop.AsSpan(0, n))) return n;
        return 0;
    }
}
