namespace Bantam.Chat;

/// <summary>Texts that come in pieces: the end of one may be the beginning of a mark, and cannot be shown before that is decided.</summary>
internal static class PartialMark
{
    /// <summary>How many of the last units of <paramref name="text"/> are the beginning of <paramref name="mark"/>, and not all of it.</summary>
    public static int Length(ReadOnlySpan<char> text, string mark)
    {
        var length = Math.Min(text.Length, mark.Length - 1);
        while (length > 0 && !text[^length..].SequenceEqual(mark.AsSpan(0, length))) length--;
        return length;
    }
}
