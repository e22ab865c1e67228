namespace Bantam.Models;

/// <summary>
/// Python writes <c>Infinity</c> and <c>NaN</c> into JSON files, which no standard allows. Real config.json files have
/// them, in fields that do not concern us.
/// </summary>
internal static class PythonJson
{
    /// <summary>
    /// A copy in which such a literal is an empty string padded with spaces: the text becomes JSON of the same length,
    /// and a field that should be a number is still refused.
    /// </summary>
    public static byte[] ToJson(ReadOnlySpan<byte> text)
    {
        var json = text.ToArray();
        var inString = false;
        for (var i = 0; i < json.Length; i++)
        {
            if (json[i] == '"') inString = !inString;
            else if (inString && json[i] == '\\') i++;
            else if (!inString) i += Blank(json.AsSpan(i));
        }
        return json;
    }

    // Returns how many further bytes have been dealt with.
    private static int Blank(Span<byte> rest)
    {
        foreach (var literal in (ReadOnlySpan<string>)["-Infinity", "Infinity", "NaN"])
        {
            if (rest.Length < literal.Length || rest[0] != literal[0] || !rest[..literal.Length].SequenceEqual(System.Text.Encoding.ASCII.GetBytes(literal))) continue;
            rest[..literal.Length].Fill((byte)' ');
            rest[0] = rest[1] = (byte)'"';
            return literal.Length - 1;
        }
        return 0;
    }
}
