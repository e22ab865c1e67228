using Bantam.Templates;
using Bantam.Tokenizers;

namespace Bantam.Chat;

/// <summary>
/// Where in a rendered conversation the assistant speaks. A template may say so (<c>{% generation %}</c>). Else the conversation is rendered
/// up to each answer: an answer begins where that text with the beginning of an answer ends, and ends behind the
/// token that ends its turn.
/// </summary>
internal static class AssistantRanges
{
    /// <summary>The ranges, in order.</summary>
    /// <exception cref="BantamException">The template writes a conversation otherwise when it goes on (BT5105).</exception>
    public static IReadOnlyList<TextRange> Of(ChatTemplate template, Tokenizer tokenizer, ChatRequest request, ChatPrompt whole)
    {
        if (whole.Rendered is { Generated.Count: > 0, GeneratedIsComplete: true }) return whole.Rendered.Generated;
        var ranges = new List<TextRange>();
        for (var i = 0; i < request.Messages.Count; i++)
        {
            if (request.Messages[i].Role != ChatRoles.Assistant) continue;
            var start = Start(template, request, whole, i);
            // An answer in several messages, as around calls of tools, is one where the template makes it one.
            if (ranges is [.., var last] && start < last.Start + last.Length) continue;
            ranges.Add(new TextRange(start, End(template, tokenizer, request, whole, i, start) - start));
        }
        return ranges;
    }

    private static int Start(ChatTemplate template, ChatRequest request, ChatPrompt whole, int i)
    {
        if (i == 0) throw Refuse(i, "begins the conversation, and nothing tells the template's words from its own");
        var before = template.Render(request with { Messages = [.. request.Messages.Take(i)], AddGenerationPrompt = true }).Text;
        return whole.Text.StartsWith(before, StringComparison.Ordinal) ? before.Length : throw Refuse(i, "is not preceded by what the template writes before an answer");
    }

    private static int End(ChatTemplate template, Tokenizer tokenizer, ChatRequest request, ChatPrompt whole, int i, int start)
    {
        var next = i + 1;
        var upTo = next == request.Messages.Count ? whole : template.Render(request with { Messages = [.. request.Messages.Take(next)], AddGenerationPrompt = false });
        if (whole.Text.StartsWith(upTo.Text, StringComparison.Ordinal)) return WithoutSpace(whole, start, upTo.Text.Length);
        // Some templates write a last answer otherwise than an earlier one: the token that ends the turn tells then.
        foreach (var (id, span) in whole.Special)
            if (span.Start >= start && tokenizer.IsEos(id)) return span.End;
        throw Refuse(i, "has no end that can be told: the template writes it otherwise when the conversation goes on, and no end-of-text token follows it");
    }

    // The white space between turns is not said by anyone.
    private static int WithoutSpace(ChatPrompt whole, int start, int end)
    {
        foreach (var (_, span) in whole.Special.Reverse())
            if (span.Start >= start && span.End <= end) return string.IsNullOrWhiteSpace(whole.Text[span.End..end]) ? span.End : end;
        return end;
    }

    private static BantamException Refuse(int i, string why) =>
        new("BT5105", $"message {i + 1}, an answer, {why}; a template with {{% generation %}} blocks tells what is to be learned");
}
