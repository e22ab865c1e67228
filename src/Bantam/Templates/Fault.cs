namespace Bantam.Templates;

/// <summary>
/// A failure on its way out of a builtin, which knows nothing of files and lines; the render turns it into a
/// <see cref="TemplateException"/> with the place that it was at.
/// </summary>
internal sealed class Fault(string code, string reason) : Exception(reason)
{
    public string Code { get; } = code;

    public static Fault Operation(string reason) => new(Codes.Operation, reason);

    public static Fault Undefined(string reason) => new(Codes.Undefined, reason);

    public static Fault Unknown(string reason) => new(Codes.Unknown, reason);

    public static Fault Sandbox(string reason) => new(Codes.Sandbox, reason);
}
