using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Bantam.Formats;

/// <summary>
/// JSON from strangers: one object, UTF-8, no duplicate keys, bounded depth, numbers that are finite, text that is
/// Unicode. What passes can be read with <see cref="JsonElement"/> without surprises.
/// </summary>
/// <remarks>
/// Python's <c>json</c> writes the bare words <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>, which RFC 8259 does not
/// know and some published configurations contain. They arrive here as strings of that name.
/// </remarks>
internal static class StrictJson
{
    /// <summary>How deep objects and arrays may nest; real configurations stay below ten.</summary>
    public const int MaxDepth = 64;

    /// <summary>The codes under which a file is refused.</summary>
    /// <param name="Syntax">Not JSON, not UTF-8, not an object.</param>
    /// <param name="Duplicate">A key appears twice in one object.</param>
    /// <param name="Limit">Too large, too deep, or a number beyond what a double holds.</param>
    public sealed record Codes(string Syntax, string Duplicate, string Limit);

    /// <summary>Reads the object in the file at <paramref name="path"/>, of at most <paramref name="maxBytes"/> bytes.</summary>
    public static JsonElement Read(string path, long maxBytes, Codes codes) =>
        Parse(SmallFile.Read(path, maxBytes, codes.Limit), path, codes);

    /// <summary>Reads the object in <paramref name="utf8"/>; <paramref name="file"/> is named in refusals.</summary>
    public static JsonElement Parse(ReadOnlySpan<byte> utf8, string file, Codes codes)
    {
        // Windows editors put a byte order mark in front.
        if (utf8.StartsWith("\uFEFF"u8))
            utf8 = utf8[3..];
        if (!Utf8.IsValid(utf8))
            throw new ModelFileException(codes.Syntax, file, "encoding", "not UTF-8", "expected one JSON object in UTF-8");
        utf8 = QuoteNonFinite(utf8);

        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 2 * MaxDepth });
        try
        {
            Check(ref reader, file, codes);
            var again = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 2 * MaxDepth });
            return JsonElement.ParseValue(ref again);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape that names half of a surrogate pair.
            throw new ModelFileException(codes.Syntax, file, "text", $"not JSON at byte {reader.BytesConsumed}", "expected one JSON object in UTF-8");
        }
    }

    private static void Check(ref Utf8JsonReader reader, string file, Codes codes)
    {
        var names = new Stack<HashSet<string>>();
        var first = true;
        while (reader.Read())
        {
            if (first && reader.TokenType != JsonTokenType.StartObject)
                throw new ModelFileException(codes.Syntax, file, "text", $"a JSON {reader.TokenType}", "expected one JSON object");
            first = false;
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray when reader.CurrentDepth >= MaxDepth:
                    throw new ModelFileException(codes.Limit, file, "nesting", $"deeper than {MaxDepth} at byte {reader.TokenStartIndex}", $"at most {MaxDepth} levels are read");
                case JsonTokenType.StartObject:
                    names.Push(new HashSet<string>(StringComparer.Ordinal));
                    break;
                case JsonTokenType.EndObject:
                    names.Pop();
                    break;
                case JsonTokenType.PropertyName:
                    var name = reader.GetString()!;
                    if (!names.Peek().Add(name))
                        throw new ModelFileException(codes.Duplicate, file, $"key '{ModelFileException.Printable(name)}'", "there twice", "keys must be unique within an object");
                    break;
                case JsonTokenType.String when reader.ValueIsEscaped:
                    _ = reader.GetString();
                    break;
                case JsonTokenType.Number when !reader.TryGetDouble(out var number) || !double.IsFinite(number):
                    throw new ModelFileException(codes.Limit, file, $"number at byte {reader.TokenStartIndex}", Encoding.UTF8.GetString(reader.ValueSpan), "it must fit in a double");
            }
        }
    }

    // Puts quotes around the bare words; the input itself where there are none, which is nearly always.
    private static ReadOnlySpan<byte> QuoteNonFinite(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IndexOf("NaN"u8) < 0 && utf8.IndexOf("Infinity"u8) < 0)
            return utf8;
        var quoted = new List<byte>(utf8.Length + 64);
        var inString = false;
        for (var i = 0; i < utf8.Length; i++)
        {
            var rest = utf8[i..];
            var word = inString ? 0
                : rest.StartsWith("NaN"u8) ? 3
                : rest.StartsWith("Infinity"u8) ? 8
                : rest.StartsWith("-Infinity"u8) ? 9
                : 0;
            if (word > 0)
            {
                quoted.Add((byte)'"');
                quoted.AddRange(rest[..word]);
                quoted.Add((byte)'"');
                i += word - 1;
                continue;
            }
            if (inString && utf8[i] == '\\' && i + 1 < utf8.Length)
                quoted.Add(utf8[i++]);
            else if (utf8[i] == '"')
                inString = !inString;
            quoted.Add(utf8[i]);
        }
        return quoted.ToArray();
    }
}
