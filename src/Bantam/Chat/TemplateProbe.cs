using Bantam.Templates;

namespace Bantam.Chat;

/// <summary>What a template does with a conversation, found out by giving it a small one.</summary>
internal static class TemplateProbe
{
    // No template has it.
    private const string Said = "zebra-quartz-58213";

    // Longer than any mark of a turn that is known.
    private const int MostText = 40;

    /// <summary>What is odd, one sentence each: that it fails for a message of the user, or leaves it out.</summary>
    public static IReadOnlyList<string> Notices(Template template, IReadOnlyDictionary<string, string> tokens)
    {
        try
        {
            var request = new ChatRequest { Messages = [ChatMessage.User(Said)] };
            var text = template.Render(ChatValues.Of(request, tokens, argumentsAsText: false, (t, _) => t)).Text;
            return text.Contains(Said, StringComparison.Ordinal) ? [] : ["the chat template leaves out what the user says: the model will not see it"];
        }
        catch (TemplateException e)
        {
            return [$"the chat template fails for a single message of the user: {e.Message}"];
        }
    }

    /// <summary>What follows an answer; neither token nor text where that cannot be told.</summary>
    public static TurnEnd TurnEnd(ChatTemplate template)
    {
        try
        {
            var prompt = template.Render(new ChatRequest { Messages = [ChatMessage.User("?"), ChatMessage.Assistant(Said), ChatMessage.User("!")] });
            var end = prompt.Text.LastIndexOf(Said, StringComparison.Ordinal) + Said.Length;
            if (end < Said.Length) return default;
            foreach (var (id, span) in prompt.Special)
                if (span.End > end) return string.IsNullOrWhiteSpace(prompt.Text[Math.Min(end, span.Start)..span.Start]) ? new(id, null) : default;
            var rest = prompt.Text.AsSpan(end).TrimStart();
            var word = rest.IndexOfAny(" \n\r\t") is >= 0 and var space ? rest[..space] : rest;
            // Only what looks like a mark: an answer may hold any word.
            return word.Length is > 2 and <= MostText && word[0] is '<' or '[' && word[^1] is '>' or ']' ? new(null, word.ToString()) : default;
        }
        catch (BantamException)
        {
            return default;
        }
    }
}
