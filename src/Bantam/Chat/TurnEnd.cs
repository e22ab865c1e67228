using System.Text;

namespace Bantam.Chat;

/// <summary>What a template writes behind an answer: a token, or for vocabularies that have none for it a text.</summary>
/// <param name="Id">The token, or null.</param>
/// <param name="Text">The text where there is no token, or null.</param>
public readonly record struct TurnEnd(int? Id, string? Text);

/// <summary>Ends an answer at a text, wherever tokens are cut; what might be its beginning is held back until that is decided.</summary>
internal sealed class TurnEndText(string end)
{
    private readonly StringBuilder _held = new();

    /// <summary>Whether the end has come.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Takes the next piece and returns what belongs to the answer.</summary>
    public string Append(string text)
    {
        if (IsEnded) return "";
        var all = _held.Append(text).ToString();
        _held.Clear();
        if (all.IndexOf(end, StringComparison.Ordinal) is >= 0 and var at)
        {
            IsEnded = true;
            return all[..at];
        }
        var keep = PartialMark.Length(all, end);
        _held.Append(all, all.Length - keep, keep);
        return all[..^keep];
    }

    /// <summary>What is still held back, where the answer ends otherwise.</summary>
    public string Finish()
    {
        var rest = _held.ToString();
        _held.Clear();
        return rest;
    }
}
