namespace Bantam.Tokenizers.Pipeline;

/// <summary>Where in a template a text stands, or a token.</summary>
internal enum TemplateSlot
{
    /// <summary>The first text.</summary>
    First,

    /// <summary>The second text.</summary>
    Second,

    /// <summary>Tokens that are put there.</summary>
    Tokens,
}

/// <summary>A part of a template.</summary>
/// <param name="Slot">What stands there.</param>
/// <param name="TypeId">The type id of its tokens.</param>
/// <param name="Name">What the file calls the tokens; empty for a text.</param>
/// <param name="Ids">The tokens; none for a text.</param>
internal sealed record TemplatePart(TemplateSlot Slot, int TypeId, string Name = "", params int[] Ids);
