using System.Text;

namespace Bantam.Cli;

/// <summary>A line that is being edited, and the place in it where the next character goes. A character of two units is one step.</summary>
internal sealed class EditedLine
{
    private readonly StringBuilder _text = new();

    /// <summary>Units of UTF-16.</summary>
    public int Length => _text.Length;

    /// <summary>Where the next character goes.</summary>
    public int Cursor { get; private set; }

    /// <summary>The place before the character on the left of the cursor.</summary>
    public int Left => Before(Cursor);

    /// <summary>The place behind the character on its right.</summary>
    public int Right => After(Cursor);

    /// <summary>The beginning of the word on its left.</summary>
    public int WordLeft
    {
        get
        {
            var at = Cursor;
            while (at > 0 && char.IsWhiteSpace(_text[at - 1])) at--;
            while (at > 0 && !char.IsWhiteSpace(_text[at - 1])) at--;
            return at;
        }
    }

    /// <summary>The end of the word on its right.</summary>
    public int WordRight
    {
        get
        {
            var at = Cursor;
            while (at < Length && char.IsWhiteSpace(_text[at])) at++;
            while (at < Length && !char.IsWhiteSpace(_text[at])) at++;
            return at;
        }
    }

    /// <summary>The place before the character that ends at <paramref name="at"/>.</summary>
    public int Before(int at) => at == 0 ? 0 : at > 1 && char.IsSurrogatePair(_text[at - 2], _text[at - 1]) ? at - 2 : at - 1;

    /// <summary>The place behind the character that begins at <paramref name="at"/>.</summary>
    public int After(int at) => at == Length ? at : at + 1 < Length && char.IsSurrogatePair(_text[at], _text[at + 1]) ? at + 2 : at + 1;

    /// <summary>A part of the text.</summary>
    public string Part(int start, int end) => _text.ToString(start, end - start);

    /// <summary>Puts a character in.</summary>
    public void Insert(char c) => _text.Insert(Cursor++, c);

    /// <summary>Moves the cursor.</summary>
    public void MoveTo(int at) => Cursor = at;

    /// <summary>Takes away what stands between the cursor and a place.</summary>
    public void RemoveTo(int at)
    {
        var start = Math.Min(Cursor, at);
        _text.Remove(start, Math.Max(Cursor, at) - start);
        Cursor = start;
    }

    /// <summary>Begins with another text, the cursor at its end.</summary>
    public void Set(string text)
    {
        _text.Clear().Append(text);
        Cursor = text.Length;
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
