using System.Text;

namespace Bantam.Templates;

/// <summary>Where a render's text goes: the result itself, or a macro's or block's text on its way to a variable.</summary>
internal sealed class Output(Meter meter, Output? outer)
{
    private readonly StringBuilder _text = new();

    public Output? Outer { get; } = outer;

    public int Length => _text.Length;

    public void Write(string text)
    {
        if (text.Length == 0)
            return;
        meter.Text((long)_text.Length + text.Length, text.Length);
        _text.Append(text);
    }

    public override string ToString() => _text.ToString();
}
