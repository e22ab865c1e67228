using Bantam.Chat.ToolCalls;
using Bantam.Templates;
using Bantam.Tokenizers;

namespace Bantam.Chat;

/// <summary>
/// How a model wants conversations written: its Jinja template, the names of its special tokens and its convention for calls of tools.
/// Never changes; any number of threads. A template comes from the model or its operator, and never with a request.
/// </summary>
public sealed class ChatTemplate
{
    private readonly Tokenizer _tokenizer;
    private readonly Variant _standard;
    private readonly Variant? _forTools;
    private readonly Dictionary<string, string> _tokens;

    /// <summary>Parses a template.</summary>
    /// <param name="source">The Jinja template.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="forTools">Another template that stands for it where tools are given, or null.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="toolFormat">The convention for calls of tools (<see cref="ToolFormats"/>); recognised by the template when null.</param>
    /// <exception cref="TemplateException">The template is refused.</exception>
    /// <exception cref="BantamException">There is no such convention (BT5108).</exception>
    public ChatTemplate(string source, Tokenizer tokenizer, string? forTools = null, string name = "chat_template", string? toolFormat = null)
    {
        _tokenizer = tokenizer;
        _tokens = Tokens(tokenizer);
        var format = toolFormat is null ? null : ToolCallFormats.Named(toolFormat);
        _standard = new Variant(source, name, tokenizer, format);
        _forTools = forTools is null ? null : new Variant(forTools, $"{name}.tool_use", tokenizer, format);
        Source = source;
        Notices = TemplateProbe.Notices(_standard.Template, _tokens);
        TurnEnd = TemplateProbe.TurnEnd(this);
    }

    /// <summary>The conventions for calls of tools that are known.</summary>
    public static IReadOnlyList<string> ToolFormats { get; } = [.. ToolCallFormats.All.Select(format => format.Name)];

    /// <summary>The Jinja template.</summary>
    public string Source { get; }

    /// <summary>What is odd about the template, one sentence each: that it leaves out what the user says.</summary>
    public IReadOnlyList<string> Notices { get; }

    /// <summary>What the template writes behind an answer, where that can be told: a model taught by it ends its answers so.</summary>
    public TurnEnd TurnEnd { get; }

    /// <summary>The convention for calls of tools, or null where it is none that is known: calls stay text then.</summary>
    public string? ToolFormat => (_forTools ?? _standard).Format?.Name;

    /// <summary>Renders a conversation.</summary>
    /// <param name="request">The conversation; a system message is put before the first of the user where the template knows no such role.</param>
    /// <param name="cancellation">Ends the render.</param>
    /// <exception cref="TemplateException">The template fails or refuses the conversation.</exception>
    /// <exception cref="BantamException">BT5101: the conversation makes no sense; BT5104: it cannot be continued.</exception>
    public ChatPrompt Render(ChatRequest request, CancellationToken cancellation = default)
    {
        ChatValues.Check(request);
        var variant = VariantOf(request);
        // Who speaks for the operator is called so only where the template knows the name.
        if (request.Messages.Any(m => m.Role == "developer") && !variant.Source.Contains("developer", StringComparison.Ordinal))
            request = request with { Messages = [.. request.Messages.Select(m => m.Role == "developer" ? m with { Role = ChatRoles.System } : m)] };
        var options = new TemplateOptions { Now = request.Now ?? TimeProvider.System.GetLocalNow() };
        List<string> notices = [.. NoticesOf(request, variant)];
        char? end = request.ContinueFinalMessage ? EndMark(request) : null;
        var argumentsAsText = false;
        var plain = First();
        var texts = ChatValues.Texts(request).ToList();
        return variant.Guard.Guard(_tokenizer, plain, texts, mark => Once(request, mark), notices);

        // The first way in which the template takes it.
        RenderedText First()
        {
            try
            {
                return Once(request, (text, _) => text);
            }
            catch (TemplateException refusal)
            {
                if (!refusal.IsRaisedByTemplate && request.Messages.Any(m => m.ToolCalls.Count > 0))
                {
                    argumentsAsText = true;
                    if (Second(request) is { } rendered) return rendered;
                    argumentsAsText = false;
                }
                if (refusal.IsRaisedByTemplate && WithoutSystem(request) is { } folded && Second(folded) is { } other)
                {
                    request = folded;
                    notices.Add("the chat template knows no system message: its text stands before the first message of the user");
                    return other;
                }
                throw;
            }
        }

        RenderedText? Second(ChatRequest another)
        {
            try
            {
                return Once(another, (text, _) => text);
            }
            catch (TemplateException)
            {
                return null;
            }
        }

        RenderedText Once(ChatRequest asked, Func<string, TextKind, string> mark)
        {
            if (end is not { } tail) return variant.Template.Render(ChatValues.Of(asked, _tokens, argumentsAsText, mark), options, cancellation);
            // Behind its last text the message goes on: whatever follows there is cut off.
            var last = asked.Messages[^1];
            var open = asked with { Messages = [.. asked.Messages.SkipLast(1), last with { Content = last.Content + tail }] };
            var whole = variant.Template.Render(ChatValues.Of(open, _tokens, argumentsAsText, mark), options, cancellation);
            var cut = whole.Text.LastIndexOf(tail);
            return cut >= 0
                ? whole with { Text = whole.Text[..cut], Generated = [.. whole.Generated.Where(r => r.Start < cut).Select(r => r with { Length = Math.Min(r.Length, cut - r.Start) })] }
                : throw new BantamException("BT5104", "the last message cannot be continued: the chat template does not write it out");
        }
    }

    /// <summary>The tokens of a conversation: see <see cref="ChatPrompt.Encode"/>.</summary>
    /// <exception cref="BantamException">See <see cref="Render"/>.</exception>
    public int[] Encode(ChatRequest request) => Render(request).Encode();

    /// <summary>Begins to read the answer to a conversation.</summary>
    /// <param name="request">The conversation; calls are looked for only where it offers tools.</param>
    /// <param name="prompt">What was rendered of it.</param>
    public ReplyStream NewReply(ChatRequest request, ChatPrompt prompt)
    {
        var variant = VariantOf(request);
        (string Open, string Close)? tags = ReasoningSplit.Tags.Where(t => variant.Source.Contains(t.Close, StringComparison.Ordinal)).Select(t => ((string, string)?)t).FirstOrDefault();
        var isThinking = tags is { } t && !request.ContinueFinalMessage && prompt.Text.AsSpan().TrimEnd().EndsWith(t.Open);
        return new ReplyStream(_tokenizer, request.Tools.Count > 0 ? variant.Format : null, tags, isThinking, TurnEnd.Text);
    }

    /// <summary>The tokens of a whole conversation, and which of them the assistant said.</summary>
    /// <param name="request">The conversation; it is rendered without the beginning of a further answer.</param>
    /// <exception cref="BantamException">See <see cref="Render"/>; BT5105: what the assistant says cannot be told from the rest.</exception>
    public AssistantMask AssistantMask(ChatRequest request)
    {
        // One moment for all renders, and no answer begun at the end.
        request = request with { AddGenerationPrompt = false, ContinueFinalMessage = false, Now = request.Now ?? TimeProvider.System.GetLocalNow() };
        var whole = Render(request);
        var ranges = AssistantRanges.Of(this, _tokenizer, request, whole);
        var tokens = whole.EncodeWithOffsets();
        // A token that stands on both sides of a beginning belongs to the prompt: it cannot be predicted from half of itself.
        return new(tokens.Ids, [.. tokens.Spans.Select(span => span.Length > 0 && ranges.Any(r => span.Start >= r.Start && span.Start < r.Start + r.Length))]);
    }

    // A character that no text has; it cannot be one of the guard's marks either, which are taken from the first upwards.
    private static char EndMark(ChatRequest request)
    {
        var used = ChatValues.Texts(request).SelectMany(text => text.Where(c => c is >= '\ue000' and <= '\uf8ff')).ToHashSet();
        for (var c = '\uf8ff'; c >= '\ue000'; c--)
            if (!used.Contains(c)) return c;
        throw new BantamException("BT5104", "the last message cannot be continued: the conversation holds every character of the private area");
    }

    private static ChatRequest? WithoutSystem(ChatRequest request)
    {
        if (request.Messages is not [var system, { Role: ChatRoles.User } user, ..] || !ChatRoles.IsSystem(system.Role)) return null;
        var text = system.Content.Length == 0 ? user.Content : $"{system.Content}\n\n{user.Content}";
        return request with { Messages = [user with { Content = text }, .. request.Messages.Skip(2)] };
    }

    private static Dictionary<string, string> Tokens(Tokenizer tokenizer)
    {
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        Add("bos_token", tokenizer.BosId);
        Add("eos_token", tokenizer.EosIds is [var eos, ..] ? eos : null);
        Add("unk_token", tokenizer.UnkId);
        Add("pad_token", tokenizer.Vocabulary.PadId);
        return tokens;

        void Add(string name, int? id)
        {
            if (id is { } known) tokens[name] = tokenizer.Vocabulary.Pieces[known];
        }
    }

    private static IEnumerable<string> NoticesOf(ChatRequest request, Variant variant)
    {
        if (request.Tools.Count == 0) yield break;
        if (!variant.Source.Contains("tools", StringComparison.Ordinal)) yield return "the chat template does not write tools: the model will not see them";
        if (variant.Format is null) yield return $"how this chat template has calls of tools written is none of {string.Join(", ", ToolFormats)}: they stay text";
    }

    private Variant VariantOf(ChatRequest request) => request.Tools.Count > 0 && _forTools is { } tools ? tools : _standard;

    private sealed class Variant(string source, string name, Tokenizer tokenizer, ToolCallFormat? format)
    {
        public string Source => source;

        public Template Template { get; } = Template.Parse(source, name);

        public ToolCallFormat? Format { get; } = format ?? ToolCallFormats.Of(source);

        public MessageGuard Guard { get; } = new(source, new SpecialTexts(tokenizer.Vocabulary, source));
    }
}
