using System.Text.Json;
using Bantam.Chat;
using Bantam.Cli;
using Bantam.Tests.Formats;

namespace Bantam.Tests.Cli;

public sealed class ChatCommandTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly string _gguf;

    public ChatCommandTests() => _gguf = CliStories.Gguf(_folder);

    private string[] Args => ["chat", _gguf, "--chat-template", "chatml", "--temperature", "0", "-n", "8", "-t", "1", "--context", "256"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_line_is_a_turn_and_each_answer_a_line()
    {
        var run = await CliRun.WithInput("Once upon a time\nAnd then?\n", [.. Args, "-q"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var answers = run.Output.TrimEnd('\n').Split('\n');
        Assert.Equal(2, answers.Length);
        Assert.All(answers, a => Assert.NotEqual("", a.Trim()));
        var told = await CliRun.WithInput("Once upon a time\n", Args);
        Assert.Equal(answers[0] + "\n", told.Output);
        Assert.Matches(@"^8 tokens · .* tokens/s · \d+ of 256 tokens left · reached -n\n$", told.Error);
    }

    [Fact]
    public async Task The_transcript_is_saved_after_every_turn_and_goes_on_where_it_ended()
    {
        var file = _folder.File("talk.json");
        var first = await CliRun.WithInput("Once\nTwice\n", [.. Args, "--system", "Be kind.", "--save", file, "-q"]);
        Assert.Equal((0, ""), (first.ExitCode, first.Error));
        Assert.Equal(["system", "user", "assistant", "user", "assistant"], Messages(file).Select(m => m.Role));
        var next = _folder.File("next.json");
        await CliRun.WithInput("Thrice\n", [.. Args, "--load", file, "--save", next, "-q"]);
        Assert.Equal(Messages(file).Select(m => m.Content), Messages(next).Take(5).Select(m => m.Content));
        Assert.Equal(7, Messages(next).Count);
    }

    [Fact]
    public async Task Messages_may_have_several_lines()
    {
        var file = _folder.File("talk.json");
        await CliRun.WithInput("one \\\ntwo\n\"\"\"\nthree\n\n  four\n\"\"\"\n\"\"\"five\"\"\"\n//slash\n", [.. Args, "--save", file, "-q"]);
        Assert.Equal(["one \ntwo", "three\n\n  four", "five", "/slash"], Messages(file).Where(m => m.Role == "user").Select(m => m.Content));
    }

    [Fact]
    public async Task Commands_change_the_conversation()
    {
        var (file, other) = (_folder.File("talk.json"), _folder.File("other.json"));
        var run = await CliRun.WithInput($"""
            /help
            /system You are a bard.
            /system
            Once
            /retry
            /continue
            /undo
            /continue
            Twice
            /save {file}
            /clear
            /stats
            /load {file}
            /undo
            /sytem x
            /nonsense
            /save
            /tool 42
            /system -
            /save {other}
            /quit
            never said
            """, [.. Args, "-q"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["system", "user", "assistant"], Messages(file).Select(m => m.Role));
        Assert.Equal("Twice", Messages(file)[1].Content);
        Assert.Empty(Messages(other));
        foreach (var told in (string[])["/system [TEXT]", "You are a bard.", "3 messages written", "forgotten", "1 message · 4 answers of 32 tokens", "3 messages read", "did you mean /system?", "no answer to go on with", "/help lists", "/save needs FILE", "has not called a tool"])
            Assert.Contains(told, run.Error);
    }

    [Fact]
    public async Task JSON_tells_everything_that_happens()
    {
        var run = await CliRun.WithInput("Once\n/sytem\n/quit\n", [.. Args, "--json"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var events = run.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        var names = events.Select(e => e.GetProperty("event").GetString()!).ToList();
        Assert.Equal(["ready", "text", "answer", "note"], names.Distinct());
        var answer = events[names.IndexOf("answer")];
        Assert.Equal(["event", "message", "finish_reason", "prompt_tokens", "tokens", "tokens_per_second", "tokens_left", "forgotten_messages"], answer.EnumerateObject().Select(p => p.Name));
        Assert.Equal(string.Concat(events.Where(e => e.GetProperty("event").GetString() == "text").Select(e => e.GetProperty("text").GetString())), answer.GetProperty("message").GetProperty("content").GetString());
        Assert.Equal((8, "length"), (answer.GetProperty("tokens").GetInt32(), answer.GetProperty("finish_reason").GetString()));
    }

    [Fact]
    public async Task A_seed_gives_the_same_conversation_and_another_answer_when_asked_again()
    {
        string[] args = ["chat", _gguf, "--chat-template", "chatml", "--seed", "5", "-n", "20", "-q"];
        var once = await CliRun.WithInput("Once\n/retry\n", args);
        Assert.Equal(once.Output, (await CliRun.WithInput("Once\n/retry\n", args)).Output);
        var answers = once.Output.TrimEnd('\n').Split('\n');
        Assert.NotEqual(answers[0], answers[^1]);
    }

    [Fact]
    public async Task Ctrl_C_stops_the_answer_and_not_the_program()
    {
        var file = _folder.File("talk.json");
        using var error = new StringWriter { NewLine = "\n" };
        using var text = new Interrupting(afterWrites: 4) { NewLine = "\n" };
        var output = new CliOutput(text, error) { Input = () => new StringReader("Once upon a time\nAnd then?\n") };
        text.Output = output;
        var code = await CommandLine.RunAsync(["chat", _gguf, "--chat-template", "chatml", "--temperature", "0", "-n", "40", "--save", file], output, TestContext.Current.CancellationToken);
        Assert.Equal(0, code);
        Assert.Equal([false, true, false, false], Messages(file).Select(m => m.IsInterrupted));
        Assert.Contains(" · stopped\n", error.ToString());
        Assert.True(text.Took);
        // At the prompt it is nobody's, and ends the program as usual.
        Assert.Null(output.Interrupted);
    }

    [Fact]
    public async Task A_real_end_of_the_program_leaves_a_whole_transcript()
    {
        var file = _folder.File("talk.json");
        using var cancelled = new CancellationTokenSource();
        using var text = new Cancelling(cancelled, afterWrites: 4);
        using var error = new StringWriter();
        var output = new CliOutput(text, error) { Input = () => new StringReader("Once upon a time\nnever\n") };
        Assert.Equal(130, await CommandLine.RunAsync(["chat", _gguf, "--chat-template", "chatml", "--temperature", "0", "-n", "40", "--save", file], output, cancelled.Token));
        Assert.Equal([false, true], Messages(file).Select(m => m.IsInterrupted));
    }

    [Fact]
    public async Task What_a_model_or_a_person_types_cannot_drive_the_terminal()
    {
        using var text = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var file = _folder.Write("echo.jinja", "{% for m in messages %}{{ m.content }}{% endfor %}");
        var output = new CliOutput(text, error) { Input = () => new StringReader("/\u001b[2J\n/system a\u001b[2Jb\n/system\n") };
        Assert.Equal(0, await CommandLine.RunAsync(["chat", _gguf, "--chat-template", file], output, TestContext.Current.CancellationToken));
        Assert.DoesNotContain('\u001b', text.ToString() + error);
        Assert.Contains("\\u001b[2J", error.ToString());
    }

    [Fact]
    public async Task A_template_comes_from_a_file_or_is_asked_for()
    {
        var file = _folder.Write("mine.jinja", "{% for m in messages %}{{ m.content }}{% endfor %}");
        var run = await CliRun.WithInput("Once upon a time\n", "chat", _gguf, "--chat-template", file, "--temperature", "0", "-n", "6", "-q");
        Assert.Equal((0, ", there was a little g\n"), (run.ExitCode, run.Output));
        Assert.Contains("--chat-template", (await CliRun.WithInput("x\n", "chat", _gguf)).OneErrorLine(1));
        Assert.Contains("chatml", (await CliRun.WithInput("x\n", "chat", _gguf, "--chat-template", "nothing.jinja")).OneErrorLine(1));
        // One that the file brings needs no option.
        var own = CliStories.With(_folder, _gguf, m => m["tokenizer.chat_template"] = "{% for m in messages %}{{ m.content }}{% endfor %}");
        Assert.Equal(", there was a little g\n", (await CliRun.WithInput("Once upon a time\n", "chat", own, "--temperature", "0", "-n", "6", "-q")).Output);
    }

    [Fact]
    public async Task A_template_that_leaves_out_the_user_is_told()
    {
        var own = CliStories.With(_folder, _gguf, m => m["tokenizer.chat_template"] = "Hello.");
        Assert.Contains("note: the chat template leaves out what the user says", (await CliRun.WithInput("Once\n", "chat", own, "-n", "3")).Error);
    }

    [Theory]
    [InlineData(2, "--context", "0")]
    [InlineData(2, "--save", "")]
    [InlineData(2, "--chat-template", "")]
    [InlineData(1, "--context", "100000")]
    [InlineData(1, "--temperature", "-1")]
    [InlineData(1, "--load", "nothing.json")]
    [InlineData(1, "--tool-format", "semaphore")]
    public async Task What_makes_no_sense_is_refused_in_one_line(int code, params string[] args) =>
        (await CliRun.WithInput("x\n", ["chat", _gguf, .. args.Contains("--chat-template") ? args : ["--chat-template", "chatml", .. args]])).OneErrorLine(code);

    [Fact]
    public async Task An_error_ends_a_pipe_and_in_JSON_is_an_event()
    {
        var file = _folder.Write("refusing.jinja", "{% for m in messages %}{{ m.content }}{% if m.content == 'no' %}{{ raise_exception('not that') }}{% endif %}{% endfor %}");
        var pipe = await CliRun.WithInput("no\nyes\n", "chat", _gguf, "--chat-template", file, "-n", "3", "-q");
        Assert.Contains("not that", pipe.OneErrorLine(1));
        var json = await CliRun.WithInput("no\nyes\n", "chat", _gguf, "--chat-template", file, "-n", "3", "--json");
        Assert.Equal(1, json.ExitCode);
        Assert.Contains("\"event\":\"error\"", json.Output);
        Assert.Contains("\"event\":\"answer\"", json.Output);
    }

    [Fact]
    public async Task A_conversation_replaces_nothing_but_a_conversation()
    {
        var notes = _folder.Write("notes.txt", "Buy milk.");
        foreach (var (file, why) in ((string, string)[])[(notes, "holds no conversation"), (Path.GetDirectoryName(notes)!, "a directory"), (Path.Combine(notes + "s", "talk.json"), "no folder")])
        {
            var line = (await CliRun.WithInput("x\n", [.. Args, "--save", file])).OneErrorLine(1);
            Assert.Contains(why, line);
            Assert.Contains("(BT5109)", line);
            var typed = await CliRun.WithInput($"Once\n/save {file}\n", [.. Args, "-q"]);
            Assert.Contains(why, typed.Error);
            Assert.Equal(1, typed.ExitCode);
        }
        Assert.Equal("Buy milk.", File.ReadAllText(notes));
        Assert.False(OperatingSystem.IsLinux() && (await CliRun.WithInput("x\n", [.. Args, "--save", "/dev/null"])).ExitCode == 0);
    }

    [Fact]
    public async Task A_link_to_a_conversation_stays_a_link()
    {
        if (OperatingSystem.IsWindows()) return;
        var (file, link) = (_folder.Write("talk.json", "[]"), _folder.File("link.json"));
        File.CreateSymbolicLink(link, file);
        await CliRun.WithInput("Once\n", [.. Args, "--save", link, "-q"]);
        Assert.NotNull(new FileInfo(link).LinkTarget);
        Assert.Equal(2, Messages(file).Count);
    }

    [Fact]
    public async Task A_byte_order_mark_is_no_part_of_a_template()
    {
        var file = _folder.Write("mine.jinja", "\uFEFF{% for m in messages %}{{ m.content }}{% endfor %}");
        Assert.Equal(", there was a little g\n", (await CliRun.WithInput("Once upon a time\n", "chat", _gguf, "--chat-template", file, "--temperature", "0", "-n", "6", "-q")).Output);
    }

    private static IReadOnlyList<ChatMessage> Messages(string file) => ChatJson.Read(File.ReadAllBytes(file), file);

    private sealed class Interrupting(int afterWrites) : StringWriter
    {
        private int _left = afterWrites;

        public CliOutput? Output { get; set; }

        public bool Took { get; private set; }

        public override void Write(string? value)
        {
            base.Write(value);
            if (value is { Length: > 0 } && --_left == 0) Took = Output!.Interrupted!();
        }
    }

    private sealed class Cancelling(CancellationTokenSource source, int afterWrites) : StringWriter
    {
        private int _left = afterWrites;

        public override void Write(string? value)
        {
            base.Write(value);
            if (value is { Length: > 0 } && --_left == 0) source.Cancel();
        }
    }
}
