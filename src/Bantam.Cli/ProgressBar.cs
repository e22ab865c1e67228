using Bantam.Sizing;

namespace Bantam.Cli;

/// <summary>
/// How far a long piece of work has come, with its rate and the time left, on standard error. Drawn only on a terminal,
/// only after a second (what ends sooner needs no bar), at most ten times a second; gone when disposed.
/// </summary>
/// <param name="output">Where to draw, and whose clock to read.</param>
/// <param name="what">What is being done: <c>verifying</c>.</param>
/// <param name="total">The amount at which the work is done.</param>
/// <param name="rate">An amount per second in words; bytes where nothing is given.</param>
internal sealed class ProgressBar(CliOutput output, string what, long total, Func<double, string>? rate = null) : IProgress<long>, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly Lock _drawing = new();
    private readonly long _start = output.Clock.GetTimestamp();
    private TimeSpan _drawn;
    private int _length;

    /// <summary>Tells how much is done by now, of the total. May be called from any thread.</summary>
    public void Report(long value)
    {
        if (!output.ErrorIsTerminal) return;
        lock (_drawing)
        {
            var elapsed = output.Clock.GetElapsedTime(_start);
            if (elapsed < Patience || elapsed - _drawn < Interval) return;
            _drawn = elapsed;
            Draw(Text(value, elapsed));
        }
    }

    /// <summary>Takes the bar away.</summary>
    public void Dispose()
    {
        if (_length == 0) return;
        Draw("");
        output.Error.Write('\r');
    }

    private string Text(long done, TimeSpan elapsed)
    {
        const int BarWidth = 24;
        var share = total <= 0 ? 1 : Math.Clamp((double)done / total, 0, 1);
        var perSecond = done / elapsed.TotalSeconds;
        var left = done > 0 && share < 1 ? $"  {Clock(TimeSpan.FromSeconds(Math.Min((total - done) / perSecond, 359_999)))} left" : "";
        var filled = (int)(share * BarWidth);
        var bar = new string('━', filled) + new string('─', BarWidth - filled);
        return $"{what} {bar} {share * 100,3:F0} %  {(rate ?? BytesPerSecond)(perSecond)}{left}";
    }

    private void Draw(string text)
    {
        // A line as wide as the window would wrap, and a carriage return does not climb back.
        text = text.Length < output.ErrorWidth ? text : text[..Math.Max(0, output.ErrorWidth - 1)];
        output.Error.Write($"\r{text.PadRight(_length)}");
        _length = text.Length;
    }

    private static string BytesPerSecond(double bytes) => $"{ByteSize.Format((long)bytes).Split(" (")[0]}/s";

    private static string Clock(TimeSpan time) => time.TotalHours >= 1 ? $"{(int)time.TotalHours}:{time:mm\\:ss}" : $"{time:m\\:ss}";
}
