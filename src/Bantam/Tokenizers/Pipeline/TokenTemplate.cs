namespace Bantam.Tokenizers.Pipeline;

/// <summary>Which tokens are put around a text and around two.</summary>
/// <param name="Single">Around one; the text stands in it once.</param>
/// <param name="Pair">Around two; both stand in it once.</param>
internal sealed record TokenTemplate(IReadOnlyList<TemplatePart> Single, IReadOnlyList<TemplatePart> Pair)
{
    /// <summary>The tokens before a single text.</summary>
    public int[] Before { get; } = [.. Single.TakeWhile(part => part.Slot is TemplateSlot.Tokens).SelectMany(part => part.Ids)];

    /// <summary>The tokens behind a single text.</summary>
    public int[] Behind { get; } = [.. Single.SkipWhile(part => part.Slot is TemplateSlot.Tokens).Skip(1).SelectMany(part => part.Ids)];

    /// <summary>The template that puts one token before every text and one behind.</summary>
    public static TokenTemplate Around(int? before, int? behind)
    {
        TemplatePart[] Text(TemplateSlot slot, int type) =>
        [
            .. before is { } first ? new[] { new TemplatePart(TemplateSlot.Tokens, type, "", first) } : [],
            new TemplatePart(slot, type),
            .. behind is { } last ? new[] { new TemplatePart(TemplateSlot.Tokens, type, "", last) } : [],
        ];
        return new TokenTemplate(Text(TemplateSlot.First, 0), [.. Text(TemplateSlot.First, 0), .. Text(TemplateSlot.Second, 1)]);
    }
}
