using Bantam.Cli;

namespace Bantam.Tests.Cli;

public class LineEditorTests
{
    // Keys of a line: letters, and ← → ⌫ ⌦ ⇤ ⇥ ↑ ↓ ⏎ ⇆ (tab); ^ makes the next letter a control.
    [Theory]
    [InlineData("abc⏎", "abc")]
    [InlineData("abc←←X⏎", "aXbc")]
    [InlineData("abc⇤⌦Z⇥!⏎", "Zbc!")]
    [InlineData("abc⌫⌫d⏎", "ad")]
    [InlineData("one two ^Wthree⏎", "one three")]
    [InlineData("abc^Ud⏎", "d")]
    [InlineData("abc^A^Kd⏎", "d")]
    [InlineData("a^Eb^Ac⏎", "cab")]
    [InlineData("a👩⌫b👧←x→y⏎", "abx👧y")]
    [InlineData("/he⇆⏎", "/help ")]
    [InlineData("/s⇆⏎", "/s")]
    [InlineData("abc^Cd⏎", "d")]
    [InlineData("^Cx^Cy⏎", "y")]
    [InlineData("^D", null)]
    [InlineData("ab←^D⏎", "a")]
    [InlineData("^C^C", null)]
    public void Keys_edit_the_line(string keys, string? line) => Assert.Equal(line, Editor(keys, out _).Read("> "));

    [Fact]
    public void The_lines_of_a_pasted_text_are_one_message()
    {
        Assert.Equal("one\n\ntwo", Editor("one⏎⏎two⏎", out var written, pasted: true).Read("> "));
        Assert.Single(written.ToString(), '\n');
    }

    [Fact]
    public void Lines_before_come_back()
    {
        var editor = Editor("one⏎two⏎two⏎↑↑⏎dra↑↑↓↓ft⏎↑↑↑↑↑↑!⏎", out _);
        Assert.Equal(["one", "two", "two", "one", "draft", "one!"], Enumerable.Range(0, 6).Select(_ => editor.Read("> ")));
    }

    [Fact]
    public void A_long_line_stays_in_its_window()
    {
        var text = new string('x', 30) + "日本語日本語" + new string('y', 30);
        Assert.Equal(text, Editor(text + "⇤→→⏎", out var written).Read("> "));
        foreach (var drawn in written.ToString().Split("\r\u001b[K").Skip(1))
            Assert.True(drawn.Split('\u001b')[0].TrimEnd('\n').Sum(c => c > 0x2000 ? 2 : 1) < 20, drawn);
    }

    [Fact]
    public void Typed_controls_do_not_reach_the_terminal()
    {
        Assert.Equal("a\u202eb", Editor("a\u202eb⏎", out var written).Read("> "));
        Assert.DoesNotContain('\u202e', written.ToString());
    }

    private static LineEditor Editor(string keys, out StringWriter written, bool pasted = false)
    {
        var queue = new Queue<ConsoleKeyInfo>();
        for (var i = 0; i < keys.Length; i++)
        {
            var control = keys[i] == '^';
            if (control) i++;
            queue.Enqueue(control
                ? new ConsoleKeyInfo((char)(keys[i] - '@'), ConsoleKey.A + (keys[i] - 'A'), false, false, true)
                : keys[i] switch
                {
                    '←' => Key(ConsoleKey.LeftArrow),
                    '→' => Key(ConsoleKey.RightArrow),
                    '⌫' => Key(ConsoleKey.Backspace),
                    '⌦' => Key(ConsoleKey.Delete),
                    '⇤' => Key(ConsoleKey.Home),
                    '⇥' => Key(ConsoleKey.End),
                    '↑' => Key(ConsoleKey.UpArrow),
                    '↓' => Key(ConsoleKey.DownArrow),
                    '⏎' => Key(ConsoleKey.Enter),
                    '⇆' => Key(ConsoleKey.Tab),
                    var c => new ConsoleKeyInfo(c, ConsoleKey.None, false, false, false),
                });
        }
        written = new StringWriter();
        return new LineEditor(new CliOutput(written, written) { Width = 20 }, ["/help", "/save", "/system", "/stats"]) { ReadKey = queue.Dequeue, HasKey = () => pasted && queue.Count > 0 };
    }

    private static ConsoleKeyInfo Key(ConsoleKey key) => new('\0', key, false, false, false);
}
