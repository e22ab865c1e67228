using System.Text;

namespace Bantam.Chat;

/// <summary>The quoted texts of a template: what it may look for in messages, such as <c>'&lt;/think&gt;'</c>.</summary>
internal static class TemplateLiterals
{
    private const int Most = 4096;

    /// <summary>Those of two characters or more that hold a character for which <paramref name="matters"/>.</summary>
    public static IReadOnlyList<string> Of(string source, Func<char, bool> matters)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var text = new StringBuilder();
        for (var at = 0; at < source.Length && found.Count < Most; at++)
        {
            // Outside of expressions an apostrophe is an apostrophe.
            if (source[at] != '{' || at + 1 == source.Length || source[at + 1] is not ('{' or '%')) continue;
            var close = source[at + 1] == '{' ? '}' : '%';
            for (at += 2; at < source.Length && !(source[at] == close && at + 1 < source.Length && source[at + 1] == '}'); at++)
            {
                if (source[at] is not ('\'' or '"')) continue;
                var quote = source[at++];
                text.Clear();
                for (; at < source.Length && source[at] != quote; at++)
                {
                    if (source[at] != '\\' || at + 1 == source.Length) text.Append(source[at]);
                    else text.Append(source[++at] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', var c => c });
                }
                var literal = text.ToString();
                if (literal.Length >= 2 && literal.Any(matters)) found.Add(literal);
            }
        }
        return [.. found];
    }
}
