namespace Bantam.Chat.ToolCalls;

/// <summary>The conventions that are known, in the order in which a template is asked for them.</summary>
internal static class ToolCallFormats
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<ToolCallFormat> All { get; } = [new MistralCalls(), new FunctionGemmaCalls(), new HermesCalls(), new LlamaCalls(), new GemmaCalls()];

    /// <summary>The convention that a template was written for, or null where it is none of these.</summary>
    public static ToolCallFormat? Of(string template) => All.FirstOrDefault(format => format.Fits(template));

    /// <summary>The convention of a name.</summary>
    /// <exception cref="BantamException">There is none of that name (BT5108).</exception>
    public static ToolCallFormat Named(string name) => All.FirstOrDefault(format => format.Name == name)
        ?? throw new BantamException("BT5108", $"there is no convention of tool calls called '{ModelFileException.Printable(name)}'; known are {string.Join(", ", All.Select(format => format.Name))}");
}
