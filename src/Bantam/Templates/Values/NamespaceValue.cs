namespace Bantam.Templates.Values;

/// <summary>namespace(): the one value whose attributes a template may set, so that a loop can hand something out.</summary>
internal sealed class NamespaceValue
{
    public Dictionary<string, object?> Attributes { get; } = new(StringComparer.Ordinal);
}
