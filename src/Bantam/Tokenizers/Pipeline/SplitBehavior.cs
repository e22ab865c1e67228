using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary>What becomes of the matches that text is split at.</summary>
internal enum SplitBehavior
{
    /// <summary>They are gone.</summary>
    Removed,

    /// <summary>Each is a piece.</summary>
    Isolated,

    /// <summary>Each belongs to the piece in front of it, but for those behind another match.</summary>
    MergedWithPrevious,

    /// <summary>Each belongs to the piece behind it, but for those in front of another match.</summary>
    MergedWithNext,

    /// <summary>Neighbours are one piece.</summary>
    Contiguous,
}

/// <summary>The <c>behavior</c> of a step.</summary>
internal static class SplitBehaviors
{
    private static readonly string[] Names = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"];

    /// <summary>Reads it.</summary>
    /// <exception cref="ModelFileException">BT1081: it has no such name.</exception>
    public static SplitBehavior Read(JsonElement step, string file, SplitBehavior? standard = null) => step.Text("behavior") switch
    {
        null when standard is { } known => known,
        var name when Array.IndexOf(Names, name) is >= 0 and var at => (SplitBehavior)at,
        _ => throw StepJson.Refuse(step, file, "behavior", $"must be one of {string.Join(", ", Names)}"),
    };

    /// <summary>Writes it.</summary>
    public static void Write(Utf8JsonWriter json, SplitBehavior behavior) => json.WriteString("behavior", Names[(int)behavior]);
}
