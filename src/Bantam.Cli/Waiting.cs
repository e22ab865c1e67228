namespace Bantam.Cli;

/// <summary>
/// Tells, once a second on standard error, that something is still being done whose progress nobody knows. Drawn only on
/// a terminal and only after two seconds; gone when disposed.
/// </summary>
internal sealed class Waiting : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _drawing = new();
    private readonly CliOutput _output;
    private readonly string _what;
    private readonly long _start;
    private readonly ITimer? _timer;
    private int _length;
    private bool _done;

    /// <param name="output">Where to draw, and whose clock to read.</param>
    /// <param name="what">What is being done: <c>tokenizing</c>.</param>
    public Waiting(CliOutput output, string what)
    {
        (_output, _what, _start) = (output, what, output.Clock.GetTimestamp());
        if (output.ErrorIsTerminal) _timer = output.Clock.CreateTimer(_ => Draw(), null, Patience, Interval);
    }

    /// <summary>Takes the line away, once and for all.</summary>
    public void Dispose()
    {
        _timer?.Dispose();
        lock (_drawing)
        {
            // A timer that fires late finds nothing to do.
            _done = true;
            if (_length > 0) _output.Error.Write($"\r{new string(' ', _length)}\r");
            _length = 0;
        }
    }

    private void Draw()
    {
        lock (_drawing)
        {
            if (_done) return;
            var text = $"{_what} … {_output.Clock.GetElapsedTime(_start).TotalSeconds:F0} s";
            text = text.Length < _output.ErrorWidth ? text : text[..Math.Max(0, _output.ErrorWidth - 1)];
            _output.Error.Write($"\r{text.PadRight(_length)}");
            _length = text.Length;
        }
    }
}
