namespace Bantam.Templates;

/// <summary>
/// What a render may cost and what time it is. A template comes with a model, from whoever made the file: the defaults
/// leave room for a conversation of a million tokens and end a hostile template within a second.
/// </summary>
public sealed record TemplateOptions
{
    /// <summary>What <c>strftime_now</c> tells; the clock's local time where it is null.</summary>
    public DateTimeOffset? Now { get; init; }

    /// <summary>Most steps: a node that is evaluated, a turn of a loop, 64 characters or four elements that are looked at. Default 2,000,000.</summary>
    public long MaxSteps { get; init; } = 2_000_000;

    /// <summary>Most characters (UTF-16) of the text and of any string on the way to it. Default 4,000,000; all strings and lists of one render together may take eight times that.</summary>
    public int MaxOutput { get; init; } = 4_000_000;

    /// <summary>Most nodes that are evaluated inside one another, calls of macros and printed lists included. Default 800.</summary>
    public int MaxDepth { get; init; } = 800;

    /// <summary>Most time. Default five seconds; the other limits are reached first, and do not depend on the machine.</summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromSeconds(5);
}
