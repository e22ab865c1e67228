using Bantam.Cli;

namespace Bantam.Tests.Cli;

public class ProgressBarTests
{
    [Fact]
    public void It_shows_share_rate_and_time_left_and_is_gone_at_the_end()
    {
        var (text, clock) = (new StringWriter(), new HandClock());
        using (var bar = new ProgressBar(Output(text, clock, terminal: true), "verifying", 10_000_000))
        {
            clock.Seconds = 0.9;
            bar.Report(1_000_000);
            Assert.Equal("", text.ToString()); // what ends within a second needs no bar
            clock.Seconds = 2;
            bar.Report(5_000_000);
            clock.Seconds = 2.05;
            bar.Report(5_000_001); // too soon to draw again
        }
        var lines = text.ToString().Split('\r');

        Assert.Equal(["", "verifying ━━━━━━━━━━━━────────────  50 %  2.50 MB/s  0:02 left", new string(' ', lines[1].Length), ""], lines);
    }

    [Fact]
    public void It_draws_nothing_where_nobody_looks()
    {
        var (text, clock) = (new StringWriter(), new HandClock());
        using (var bar = new ProgressBar(Output(text, clock, terminal: false), "verifying", 10))
        {
            clock.Seconds = 5;
            bar.Report(5);
        }
        Assert.Equal("", text.ToString());
    }

    [Fact]
    public void It_never_reaches_the_edge_of_the_window()
    {
        var (text, clock) = (new StringWriter(), new HandClock());
        using var bar = new ProgressBar(Output(text, clock, terminal: true, width: 30), "verifying", 10, r => $"{r} tokens/s");
        clock.Seconds = 5;
        bar.Report(5);

        Assert.Equal(29, text.ToString().TrimStart('\r').Length);
    }

    private static CliOutput Output(StringWriter error, HandClock clock, bool terminal, int width = 80) =>
        new(TextWriter.Null, error) { ErrorIsTerminal = terminal, ErrorWidth = width, Clock = clock };

    private sealed class HandClock : TimeProvider
    {
        public double Seconds { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => (long)(Seconds * 1000);
    }
}
