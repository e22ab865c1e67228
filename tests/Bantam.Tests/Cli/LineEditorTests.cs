using Bantam.Cli;

namespace Bantam.Tests.Cli;

public class LineEditorTests
{
    // Keys of a line: letters, and ← → ⌫ ⌦ ⇤ ⇥ ↑ ↓ ⏎ ⇆ (tab); ^ makes the next one a control, ¬ has Alt held.
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
    [InlineData("/st⇆⏎", "/stats ")]
    [InlineData("/sy⇆be a⇆b⏎", "/system be ab")]
    [InlineData("⇆if⇆x⏎", "if\tx")]
    [InlineData("one two¬B¬Bx⏎", "xone two")]
    [InlineData("one two⇤¬F!^→?⏎", "one! two?")]
    [InlineData("one two^←¬⌫x¬D⏎", "x")]
    [InlineData("ab^Bc^F^Fd¬Z⏎", "acbd")]
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
    public void A_pasted_text_keeps_its_tabs_and_is_drawn_once_however_long()
    {
        var text = "⇆/he⇆" + new string('x', 200_000);
        Assert.Equal(text.Replace('⇆', '\t'), Editor(text + "⏎", out var written, pasted: true).Read("> "));
        Assert.Single(written.ToString().Split("\u001b[K").Skip(1));
    }

    // An escape alone, keys that are none of ours, and a paste that the terminal marks: nothing is sent before Enter is pressed.
    [Theory]
    [InlineData("a\u001b[1;9Zb⏎", "ab")]
    [InlineData("x\u001b[200~one⏎\u001b[31m⇆two⏎\u001b[201~!⏎", "xone\n\ttwo\n!")]
    [InlineData("\u001b[200~/help⏎^C\u001b[201~⏎", "/help\n")]
    public void A_marked_paste_is_text(string keys, string line) => Assert.Equal(line, Editor(keys, out _, escapes: true).Read("> "));

    [Fact]
    public void What_may_follow_is_listed()
    {
        Assert.Equal("/s", Editor("/s⇆⏎", out var written).Read("> "));
        Assert.Contains("\n/save  /system  /stats\n", written.ToString());
    }

    [Fact]
    public void A_window_may_become_narrower()
    {
        var width = 42;
        Assert.Equal(new string('x', 60), Editor(new string('x', 60) + "⏎", out var written, window: () => width = Math.Max(12, width - 1)).Read("> "));
        Assert.Equal(11, written.ToString().Split("\r\u001b[K")[^1].TrimEnd('\n').Length);
    }

    [Fact]
    public void A_message_of_several_lines_can_be_given_up()
    {
        using var told = new StringWriter();
        var editor = Editor("\"\"\"a⏎b^Cc\\⏎^D\"\"\"/d⏎e\"\"\"⏎↑⏎^D", out _);
        var lines = new ChatLines(new CliOutput(told, told), editor);
        Assert.Equal(["//d\ne", "//d\ne", null], Enumerable.Range(0, 3).Select(_ => lines.Read()));
        Assert.Equal(2, told.ToString().Split("not sent").Length - 1);
    }

    [Fact]
    public void Lines_before_come_back()
    {
        var editor = Editor("one⏎two⏎two⏎↑↑⏎dra↑↑↓↓ft⏎↑↑↑↑↑↑!⏎", out _);
        Assert.Equal(["one", "two", "two", "one", "draft", "one!"], Enumerable.Range(0, 6).Select(_ => Remembered(editor)));
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

    private static string? Remembered(LineEditor editor)
    {
        var line = editor.Read("> ");
        editor.Remember(line!);
        return line;
    }

    private static LineEditor Editor(string keys, out StringWriter written, bool pasted = false, bool escapes = false, Func<int>? window = null)
    {
        var queue = new Queue<ConsoleKeyInfo>();
        for (var i = 0; i < keys.Length; i++)
        {
            var (control, alt) = (keys[i] == '^', keys[i] == '¬');
            if (control || alt) i++;
            queue.Enqueue(keys[i] switch
            {
                '←' => Key(ConsoleKey.LeftArrow, control, alt),
                '→' => Key(ConsoleKey.RightArrow, control, alt),
                '⌫' => Key(ConsoleKey.Backspace, control, alt),
                '⌦' => Key(ConsoleKey.Delete, control, alt),
                '⇤' => Key(ConsoleKey.Home, control, alt),
                '⇥' => Key(ConsoleKey.End, control, alt),
                '↑' => Key(ConsoleKey.UpArrow, control, alt),
                '↓' => Key(ConsoleKey.DownArrow, control, alt),
                '⏎' => Key(ConsoleKey.Enter, control, alt),
                '⇆' => Key(ConsoleKey.Tab, control, alt),
                var c when control || alt => new ConsoleKeyInfo(control ? (char)(c - '@') : char.ToLowerInvariant(c), ConsoleKey.A + (c - 'A'), false, alt, control),
                var c => new ConsoleKeyInfo(c, ConsoleKey.None, false, false, false),
            });
        }
        written = new StringWriter();
        return new LineEditor(new CliOutput(written, written) { Width = 20, Window = window }, ["/help", "/save", "/system", "/stats"]) { ReadKey = queue.Dequeue, HasKey = () => queue.Count > 0 && (pasted || (escapes && queue.Count > 1)), AsksForPastes = escapes };
    }

    private static ConsoleKeyInfo Key(ConsoleKey key, bool control, bool alt) => new('\0', key, false, alt, control);
}
