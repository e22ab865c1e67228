using System.Text;

namespace Bantam.Chat;

/// <summary>
/// Puts characters of Unicode's private area in the place of others, and those back again: a text that a template carries along
/// can be told from the template's own. Each stands for one character, so that texts keep their length.
/// </summary>
internal sealed class PrivateMarks
{
    private const char First = '\ue000';
    private const char Last = '\uf8ff';

    private readonly Queue<char> _free;
    private readonly Dictionary<(char Character, bool IsStrict), char> _markOf = [];
    private readonly Dictionary<char, (char Character, bool IsStrict)> _original = [];

    /// <summary>Takes those that occur in none of the texts.</summary>
    public PrivateMarks(IEnumerable<string> texts)
    {
        var used = new HashSet<char>();
        foreach (var text in texts)
            foreach (var c in text)
                if (c is >= First and <= Last) used.Add(c);
        _free = new(Enumerable.Range(First, Last - First + 1).Select(c => (char)c).Where(c => !used.Contains(c)));
    }

    /// <summary>The mark for a character, or the character itself where all marks are taken; <see cref="IsShort"/> tells then.</summary>
    /// <param name="c">The character.</param>
    /// <param name="strict">Another mark, for text that may not spell user-defined marks either.</param>
    public char Of(char c, bool strict)
    {
        if (_markOf.TryGetValue((c, strict), out var mark)) return mark;
        if (_free.TryDequeue(out var free))
        {
            _original[free] = (c, strict);
            return _markOf[(c, strict)] = free;
        }
        IsShort = true;
        return c;
    }

    /// <summary>Whether a mark was asked for and none was left.</summary>
    public bool IsShort { get; private set; }

    /// <summary>Whether a character is a mark for text that may not spell user-defined marks.</summary>
    public bool IsStrict(char c) => _original.TryGetValue(c, out var original) && original.IsStrict;

    /// <summary>The text with the characters that its marks stand for.</summary>
    public string Restore(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange(First, Last)) return text;
        var restored = new StringBuilder(text);
        for (var i = 0; i < text.Length; i++)
            if (_original.TryGetValue(text[i], out var original)) restored[i] = original.Character;
        return restored.ToString();
    }
}
