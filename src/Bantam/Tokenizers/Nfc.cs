using System.Globalization;
using System.Text;

namespace Bantam.Tokenizers;

/// <summary>
/// Unicode's normalisation form C (Unicode Standard Annex 15), from a table of its own: the runtime has none where it runs
/// without ICU, and then leaves text as it is without a word.
/// </summary>
internal static class Nfc
{
    private const int FirstSyllable = 0xAC00, FirstLead = 0x1100, FirstVowel = 0x1161, BeforeTail = 0x11A7;
    private const int Leads = 19, Vowels = 21, Tails = 28, Syllables = Leads * Vowels * Tails;

    // What lies below has no class, and composes with nothing in front of it.
    private const char First = '\u0300';

    private static readonly Tables Known = Tables.Read();

    /// <summary>The text in form C, or null where it is that already. Lone surrogates become U+FFFD where anything changes.</summary>
    public static string? Normalize(ReadOnlySpan<char> text)
    {
        if (IsNormal(text)) return null;
        var points = new List<int>(text.Length);
        for (var at = 0; at < text.Length;)
        {
            Decompose(CodePoints.At(text, at, out var length), points);
            at += length;
        }
        Order(points);
        var made = new StringBuilder(text.Length);
        Span<char> units = stackalloc char[2];
        foreach (var point in Compose(points)) made.Append(units[..new Rune(point).EncodeToUtf16(units)]);
        return made.ToString();
    }

    /// <summary>
    /// What each unit of <see cref="Normalize"/>'s result came of: itself, or all of a stretch that changes. A stretch begins at a
    /// code point that nothing in front of it changes, and ends before the next.
    /// </summary>
    /// <param name="text">The text before.</param>
    /// <param name="length">The length of the result.</param>
    internal static TokenSpan[] Origins(ReadOnlySpan<char> text, int length)
    {
        var origins = new TokenSpan[length];
        var made = 0;
        for (var start = 0; start < text.Length;)
        {
            CodePoints.At(text, start, out var units);
            var end = start + units;
            while (end < text.Length && Known.Joins.Contains(CodePoints.At(text, end, out units))) end += units;
            if (Normalize(text[start..end]) is { } changed)
            {
                origins.AsSpan(made, changed.Length).Fill(new TokenSpan(start, end - start));
                made += changed.Length;
            }
            else
            {
                for (var at = start; at < end; at += units)
                {
                    CodePoints.At(text, at, out units);
                    for (var i = 0; i < units; i++) origins[made++] = new TokenSpan(at, units);
                }
            }
            start = end;
        }
        return origins;
    }

    // No code point that may change or be swapped with another.
    private static bool IsNormal(ReadOnlySpan<char> text)
    {
        for (var at = text.IndexOfAnyInRange(First, '\uFFFF'); at >= 0 && at < text.Length;)
        {
            if (Known.MayChange.Contains(CodePoints.At(text, at, out var length))) return false;
            at += length;
        }
        return true;
    }

    /// <summary>Whether a code point may change with what stands in front of it, or trade places with it.</summary>
    internal static bool Joins(int point) => point >= First && Known.Joins.Contains(point);

    /// <summary>Whether form C changes a code point that stands alone.</summary>
    internal static bool Changes(int point) => point >= First && Known.MayChange.Contains(point);

    /// <summary>Whether a code point is others together.</summary>
    internal static bool IsComposed(int point) => (uint)(point - FirstSyllable) < Syllables || Known.Decompositions.ContainsKey(point);

    /// <summary>Appends what a code point is composed of, or itself.</summary>
    internal static void Decompose(int point, List<int> into)
    {
        if ((uint)(point - FirstSyllable) < Syllables)
        {
            var syllable = point - FirstSyllable;
            into.Add(FirstLead + (syllable / (Vowels * Tails)));
            into.Add(FirstVowel + (syllable % (Vowels * Tails) / Tails));
            if (syllable % Tails > 0) into.Add(BeforeTail + (syllable % Tails));
            return;
        }
        if (!Known.Decompositions.TryGetValue(point, out var parts))
        {
            into.Add(point);
            return;
        }
        foreach (var part in parts) Decompose(part, into);
    }

    /// <summary>Sorts each run of marks by class, keeping the order of equal ones; a hostile text may be one run.</summary>
    internal static void Order(List<int> points)
    {
        for (var start = 0; start < points.Count; start++)
        {
            if (Class(points[start]) == 0) continue;
            var end = start + 1;
            while (end < points.Count && Class(points[end]) != 0) end++;
            var sorted = points[start..end].OrderBy(Class).ToList();
            for (var i = start; i < end; i++) points[i] = sorted[i - start];
            start = end;
        }
    }

    /// <summary>Puts together what composes.</summary>
    internal static List<int> Compose(List<int> points)
    {
        var made = new List<int>(points.Count);
        // The last code point without a class, and the class of what was kept since.
        var (starter, between) = (-1, 0);
        foreach (var point in points)
        {
            var current = Class(point);
            var isNext = starter == made.Count - 1;
            if (starter >= 0 && (isNext || (between != 0 && between < current)) && TryCompose(made[starter], point, out var whole))
            {
                made[starter] = whole;
                continue;
            }
            if (current == 0) starter = made.Count;
            between = current;
            made.Add(point);
        }
        return made;
    }

    private static bool TryCompose(int first, int second, out int whole)
    {
        whole = 0;
        if ((uint)(first - FirstLead) < Leads && (uint)(second - FirstVowel) < Vowels)
            whole = FirstSyllable + ((((first - FirstLead) * Vowels) + second - FirstVowel) * Tails);
        else if ((uint)(first - FirstSyllable) < Syllables && (first - FirstSyllable) % Tails == 0 && second - BeforeTail is > 0 and < Tails)
            whole = first + second - BeforeTail;
        return whole != 0 || Known.Compositions.TryGetValue((first, second), out whole);
    }

    private static int Class(int point) => point < First ? 0 : Known.Classes.GetValueOrDefault(point);

    private sealed class Tables
    {
        public Dictionary<int, int[]> Decompositions { get; } = [];

        public Dictionary<(int First, int Second), int> Compositions { get; } = [];

        public Dictionary<int, byte> Classes { get; } = [];

        // What may change with what stands in front of it, or trade places with it.
        public HashSet<int> Joins { get; } = [.. Enumerable.Range(FirstVowel, Vowels), .. Enumerable.Range(BeforeTail + 1, Tails - 1)];

        public HashSet<int> MayChange { get; } = [];

        // The lines of Nfc.txt; bench/peers/nfc_table.mjs says what they mean.
        public static Tables Read()
        {
            var tables = new Tables();
            using var reader = new StreamReader(typeof(Nfc).Assembly.GetManifestResourceStream("Bantam.Tokenizers.Nfc.txt")!);
            while (reader.ReadLine() is { } line)
            {
                if (!line.StartsWith('#')) tables.Add(line.Split(' '));
            }
            // What comes apart into marks joins as they do.
            foreach (var (point, parts) in tables.Decompositions)
                if (tables.Joins.Contains(parts[0])) tables.Joins.Add(point);
            tables.MayChange.UnionWith(tables.Joins);
            return tables;
        }

        private void Add(string[] fields)
        {
            if (fields[0] is not ("+" or "-"))
            {
                for (var point = Point(fields[0]); point <= Point(fields[1]); point++)
                {
                    Classes[point] = byte.Parse(fields[2], CultureInfo.InvariantCulture);
                    Joins.Add(point);
                }
                return;
            }
            int[] parts = [.. fields.Skip(2).Select(Point)];
            Decompositions[Point(fields[1])] = parts;
            if (fields[0] == "-")
            {
                MayChange.Add(Point(fields[1]));
                return;
            }
            Compositions[(parts[0], parts[1])] = Point(fields[1]);
            Joins.Add(parts[1]);
        }

        private static int Point(string hex) => int.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
