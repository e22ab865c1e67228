using Bantam.Templates;
using Bantam.Tokenizers;

namespace Bantam.Chat;

/// <summary>A conversation as its template renders it.</summary>
public sealed class ChatPrompt
{
    private readonly Tokenizer _tokenizer;
    private readonly SpecialTexts _texts;
    private readonly PrivateMarks? _marks;
    private readonly string _marked;
    private readonly List<(int Id, TokenSpan Span)> _special;

    /// <param name="tokenizer">The model's.</param>
    /// <param name="texts">Its texts that messages may not spell.</param>
    /// <param name="rendered">The text, and what was generated in it.</param>
    /// <param name="marked">The text with marks where characters of messages could be mistaken for the beginning of a control token.</param>
    /// <param name="marks">What they stand for.</param>
    /// <param name="special">The control tokens of <paramref name="marked"/>, in order.</param>
    /// <param name="notices">What a person should know.</param>
    internal ChatPrompt(Tokenizer tokenizer, SpecialTexts texts, RenderedText rendered, string marked, PrivateMarks? marks, List<(int Id, TokenSpan Span)> special, IReadOnlyList<string> notices)
    {
        (_tokenizer, _texts, _marked, _marks, _special) = (tokenizer, texts, marked, marks, special);
        (Rendered, Notices) = (rendered, notices);
    }

    /// <summary>The text. Marks of control tokens in it may come from the template or from a message; <see cref="Encode"/> knows which.</summary>
    public string Text => Rendered.Text;

    /// <summary>What was done that one might not expect, one sentence each.</summary>
    public IReadOnlyList<string> Notices { get; }

    /// <summary>The text, and the parts of it that the assistant said where the template tells them.</summary>
    internal RenderedText Rendered { get; }

    /// <summary>The control tokens of the template, with their places in <see cref="Text"/>; what messages spell is not among them.</summary>
    internal IReadOnlyList<(int Id, TokenSpan Span)> Special => _special;

    /// <summary>
    /// The tokens: control tokens where the template wrote them, and never where a message did. BOS stands in front where the
    /// vocabulary asks for it and the template has not written it.
    /// </summary>
    public int[] Encode() => EncodeWithOffsets().Ids;

    /// <summary>The tokens, and the characters of <see cref="Text"/> that each stands for.</summary>
    public TokenizedText EncodeWithOffsets()
    {
        var (ids, spans) = (new List<int>(), new List<TokenSpan>());
        if (_tokenizer is { AddBos: true, BosId: { } bos } && !BeginsWith(bos))
        {
            ids.Add(bos);
            spans.Add(default);
        }
        var at = 0;
        foreach (var (id, span) in _special)
        {
            Add(at, span.Start);
            ids.Add(id);
            spans.Add(span);
            at = span.End;
        }
        Add(at, _marked.Length);
        return new TokenizedText([.. ids], [.. spans]);

        // Space before it is nothing: some tokens take it along, and some templates begin with a newline.
        bool BeginsWith(int token) => _special is [var (id, span), ..] && id == token && string.IsNullOrWhiteSpace(_marked[..span.Start]);

        void Add(int start, int end)
        {
            // Tokenizers find user-defined marks in any text: one that a message spells is cut behind its first character.
            for (var i = start; _marks is not null && i < end - 1; i++)
            {
                if (!_marks.IsStrict(_marked[i]) || !_texts.OwnAt(Text, i)) continue;
                Part(start, i + 1);
                start = i + 1;
            }
            Part(start, end);
        }

        void Part(int start, int end)
        {
            if (start == end) return;
            var tokens = _tokenizer.EncodeWithOffsets(Text[start..end], addBos: false, addEos: false);
            ids.AddRange(tokens.Ids);
            spans.AddRange(tokens.Spans.Select(span => span with { Start = span.Start + start }));
        }
    }
}
