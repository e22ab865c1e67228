using System.Text;
using Bantam.Templates;
using Bantam.Tokenizers;

namespace Bantam.Chat;

/// <summary>
/// Keeps what people and tools write from becoming control tokens. The conversation is rendered as it is, and once more with private marks
/// where a message has a character with which a control token could begin. Where both are the same text but for the marks, everything is known:
/// a control token is the template's if it holds no mark. Where a template looks into messages (for <c>&lt;/think&gt;</c>) and the marks
/// mislead it, what it looks for is left unmarked; and every control token that then stands in the text more often than with all
/// marks set came from a message, or might have: all of its kind are text.
/// </summary>
internal sealed class MessageGuard(string source, SpecialTexts special)
{
    private readonly Lazy<IReadOnlyList<string>> _literals = new(() => TemplateLiterals.Of(source, c => special.CanStart(c, strict: true)));

    /// <summary>Guards a rendered conversation.</summary>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="plain">The conversation as it is.</param>
    /// <param name="texts">All texts of messages and tools.</param>
    /// <param name="render">Renders it with its texts marked.</param>
    /// <param name="notices">Receives what a person should know; becomes the prompt's.</param>
    public ChatPrompt Guard(Tokenizer tokenizer, RenderedText plain, IReadOnlyList<string> texts, Func<Func<string, TextKind, string>, RenderedText> render, List<string> notices)
    {
        if (!texts.Any(text => special.MayHold(text) || special.CanContinue(text.AsSpan().TrimStart()))) return Prompt(plain.Text, null, []);

        var marks = new PrivateMarks([.. texts, source]);
        var all = Try((text, kind) => MarkAll(text, kind, marks));
        if (!marks.IsShort && all is not null && marks.Restore(all) == plain.Text) return Prompt(all, marks, []);

        // The template looks into its messages, or changes them.
        var some = marks.IsShort ? null : Try((text, kind) => MarkSome(text, kind, marks));
        var marked = some is not null && marks.Restore(some) == plain.Text ? some : plain.Text;
        var own = all is null || marks.IsShort ? [] : special.Find(all).CountBy(token => token.Id).ToDictionary();
        HashSet<int> doubtful = [.. special.Find(marked).Where(token => tokenizer.IsControl(token.Id)).CountBy(token => token.Id).Where(found => found.Value > own.GetValueOrDefault(found.Key)).Select(found => found.Key)];
        foreach (var id in doubtful)
            notices.Add($"{tokenizer.Vocabulary.Pieces[id]} is text throughout this conversation: a message spells it, and the template does not keep the two apart");
        return Prompt(marked, marks, doubtful);

        ChatPrompt Prompt(string marked, PrivateMarks? used, HashSet<int> text) =>
            new(tokenizer, special, plain, marked, used, [.. special.Find(marked).Where(token => !text.Contains(token.Id))], notices);

        string? Try(Func<string, TextKind, string> mark)
        {
            try
            {
                return render(mark).Text;
            }
            catch (BantamException)
            {
                return null;
            }
        }
    }

    private string MarkAll(string text, TextKind kind, PrivateMarks marks) => Mark(text, kind, marks, (i, strict) => special.CanStart(text[i], strict));

    private string MarkSome(string text, TextKind kind, PrivateMarks marks)
    {
        if (!special.MayHold(text)) return Mark(text, kind, marks, (_, _) => false);
        var spared = new bool[text.Length];
        foreach (var literal in _literals.Value)
            for (var at = 0; (at = text.IndexOf(literal, at, StringComparison.Ordinal)) >= 0; at++)
                spared.AsSpan(at, literal.Length).Fill(true);
        return Mark(text, kind, marks, (i, strict) => special.CanStart(text[i], strict) && (!spared[i] || special.ControlAt(text, i)));
    }

    private string Mark(string text, TextKind kind, PrivateMarks marks, Func<int, bool, bool> isMarked)
    {
        var strict = kind is not TextKind.Own;
        var first = text.Length - text.AsSpan().TrimStart().Length;
        // What stands first could also carry on what the template wrote before it.
        var carriesOn = kind is not TextKind.Part && special.CanContinue(text.AsSpan(first));
        if (!carriesOn && !special.MayHold(text)) return text;
        var marked = new StringBuilder(text);
        for (var i = 0; i < text.Length; i++)
            if (isMarked(i, strict) || (carriesOn && i == first)) marked[i] = marks.Of(text[i], strict);
        return marked.ToString();
    }
}
