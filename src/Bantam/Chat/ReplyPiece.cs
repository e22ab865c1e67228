namespace Bantam.Chat;

/// <summary>What a token added to an answer; both parts are often empty.</summary>
/// <param name="Text">What the model says.</param>
/// <param name="Reasoning">What it thinks.</param>
public readonly record struct ReplyPiece(string Text, string Reasoning)
{
    /// <summary>Whether there is nothing to show.</summary>
    public bool IsEmpty => Text.Length == 0 && Reasoning.Length == 0;
}
