namespace Bantam;

/// <summary>
/// Something a person can act on: one line that says what, where, which value and what would help, with a stable code.
/// Everything else that escapes the library is a bug.
/// </summary>
public class BantamException : Exception
{
    /// <summary>Creates the error. <paramref name="message"/> is one line without the code.</summary>
    public BantamException(string code, string message, Exception? inner = null)
        : base($"{message} ({code})", inner) => Code = code;

    /// <summary>The stable code, <c>BT</c> and four digits; <c>docs/errors.md</c> lists them.</summary>
    public string Code { get; }
}

/// <summary>
/// A model file that is refused. The line names file, field, value and limit; nothing has been allocated for what the
/// file claimed.
/// </summary>
public sealed class ModelFileException : BantamException
{
    /// <summary>Creates the refusal.</summary>
    /// <param name="code">Stable code, for instance <c>BT1025</c>.</param>
    /// <param name="file">The path as the user gave it.</param>
    /// <param name="field">What is wrong, in the words of the format: <c>tensor 'a' offset</c>.</param>
    /// <param name="value">The offending value, short enough for one line.</param>
    /// <param name="limit">What it must be, or what would help.</param>
    public ModelFileException(string code, string file, string field, string value, string limit)
        : base(code, $"{Path.GetFileName(file)}: {field} is {Printable(value)}; {limit}")
    {
        File = file;
        Field = field;
        Value = value;
        Limit = limit;
    }

    /// <summary>The path of the refused file.</summary>
    public string File { get; }

    /// <summary>The field of the format that is wrong.</summary>
    public string Field { get; }

    /// <summary>The value found there.</summary>
    public string Value { get; }

    /// <summary>What the value must be.</summary>
    public string Limit { get; }

    /// <summary>Values come from hostile files: control characters are escaped and long ones cut, so that the error stays one line.</summary>
    internal static string Printable(string value)
    {
        const int Most = 80;
        var cut = value.Length > Most ? value[..Most] + "…" : value;
        return string.Concat(cut.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? $"\\u{(int)c:x4}" : c.ToString()));
    }
}
