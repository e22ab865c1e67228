namespace Bantam.Chat;

/// <summary>The tokens of a conversation, and which of them the assistant said: what a model learns from in training.</summary>
/// <param name="Ids">The tokens [T].</param>
/// <param name="IsAssistant">Whether each is the assistant's [T]: its answers with the tokens that end them, and nothing of the prompts before.</param>
public sealed record AssistantMask(int[] Ids, bool[] IsAssistant)
{
    /// <summary>How many tokens are the assistant's.</summary>
    public int Count => IsAssistant.Count(assistant => assistant);

    /// <summary>The share of the assistant's tokens.</summary>
    public double Share => Ids.Length == 0 ? 0 : (double)Count / Ids.Length;
}
