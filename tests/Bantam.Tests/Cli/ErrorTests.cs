using System.CommandLine.Parsing;
using Bantam.Tests.Formats;
using Bantam.Tests.Hostile;

namespace Bantam.Tests.Cli;

public class ErrorTests
{
    [Fact]
    public async Task A_name_with_a_slip_gets_a_suggestion() =>
        Assert.Contains("did you mean gemma-2b", (await CliRun.Of("fit", "gema-2b")).OneErrorLine(1));

    [Theory]
    [InlineData("gpt-4", "OpenAI has not published its size")]
    [InlineData("gemini-1.5-pro", "1.5 is a version")]
    public async Task An_undisclosed_size_is_unknown(string name, string why)
    {
        Assert.Contains(why, (await CliRun.Of("fit", name)).OneErrorLine(12));
        Assert.Contains(why, (await CliRun.Of("size", name, "--json")).OneErrorLine(12));
    }

    [Fact]
    public async Task A_hub_id_is_refused_by_name_and_the_catalogue_knows_the_usual_ones()
    {
        Assert.Contains("'nobody/has-this' looks like a hub id", (await CliRun.Of("fit", "nobody/has-this")).OneErrorLine(1));
        Assert.Equal("catalogue", (await CliRun.Of("size", "google/gemma-2b", "--json")).Json.GetProperty("source").GetString());
    }

    [Theory]
    [InlineData("./gemma-2b")]
    [InlineData("/nowhere/gemma-2b")]
    [InlineData("some/where/gemma-2b")]
    [InlineData("gemma-2b.gguf")]
    public async Task A_path_that_leads_nowhere_is_not_mistaken_for_a_name(string path) =>
        Assert.Contains("neither a file or directory", (await CliRun.Of("fit", path)).OneErrorLine(1));

    [Theory]
    [InlineData("fit")]
    [InlineData("fit", "")]
    [InlineData("fit", "gemma-2b", "more")]
    [InlineData("fit", "gemma-2b", "--format", "Q9_9")]
    [InlineData("fit", "gemma-2b", "--memory", "much")]
    [InlineData("fit", "gemma-2b", "--memory", "8 bananas")]
    [InlineData("fit", "gemma-2b", "--context", "0")]
    [InlineData("fit", "gemma-2b", "--context", "many")]
    [InlineData("fit", "gemma-2b", "--kv", "Q4_K")]
    [InlineData("fit", "gemma-2b", "--no-such-option")]
    [InlineData("no-such-verb")]
    [InlineData("inspect")]
    public async Task Wrong_usage_is_2(params string[] args) => (await CliRun.Of(args)).OneErrorLine(2);

    [Theory]
    [InlineData("MODEL is missing", "fit")]
    [InlineData("INPUT is missing", "convert", "-o", "x.gguf")]
    [InlineData("B is missing", "compare", "a.gguf", "--text", "t.txt")]
    [InlineData("--output is empty", "convert", "a.gguf", "-o", "")]
    [InlineData("--output is empty", "shrink", "a.gguf", "--budget", "1MB", "--output", "")]
    [InlineData("--text is empty", "shrink", "a.gguf", "--budget", "1MB", "-o", "b.gguf", "--text", "")]
    [InlineData("--text is empty", "compare", "a.gguf", "b.gguf", "--text", "")]
    [InlineData("--tokenizer is empty", "run", "a.gguf", "--tokenizer", "")]
    public async Task What_is_missing_or_empty_is_named(string expected, params string[] args) =>
        Assert.StartsWith($"error: {expected};", (await CliRun.Of(args)).OneErrorLine(2));

    [Fact]
    public async Task A_text_that_is_not_there_or_a_directory_is_named()
    {
        using var folder = new ScratchFolder();
        var model = CliStories.Gguf(folder);
        var missing = (await CliRun.Of("compare", model, model, "--text", folder.File("none.txt"))).OneErrorLine(1);
        Assert.EndsWith("none.txt: no such file (BT1000)", missing);
        Assert.Contains("a directory is no text", (await CliRun.Of("compare", model, model, "--text", Directory.CreateDirectory(folder.File("d")).FullName)).OneErrorLine(1));
    }

    [Fact]
    public async Task A_context_beyond_the_model_is_an_error_that_names_the_limit() =>
        Assert.Contains("8192", (await CliRun.Of("fit", "gemma-2b", "--context", "9000")).OneErrorLine(1));

    [Theory]
    [InlineData("fit")]
    [InlineData("size")]
    [InlineData("inspect")]
    public async Task A_hostile_file_is_refused_in_one_line(string verb)
    {
        using var folder = new ScratchFolder();
        var bytes = new GgufBytes { TensorCount = ulong.MaxValue };
        var line = (await CliRun.Of(verb, folder.Write("evil.gguf", bytes.Build()))).OneErrorLine(1);

        Assert.Contains("evil.gguf", line);
        Assert.Matches(@"\(BT\d{4}\)$", line);
    }

    [Theory]
    [InlineData("fit")]
    [InlineData("size")]
    [InlineData("inspect")]
    public async Task What_is_no_model_is_refused_in_one_line(string verb)
    {
        using var folder = new ScratchFolder();
        (await CliRun.Of(verb, folder.Write("notes.txt", "hello"))).OneErrorLine(1);
        (await CliRun.Of(verb, folder.Write("empty.gguf", ""))).OneErrorLine(1);
        (await CliRun.Of(verb, folder.Write("config.json", "{"))).OneErrorLine(1);
        Assert.Contains("pickle", (await CliRun.Of(verb, folder.Write("weights.pth", "hello"))).OneErrorLine(1));
        (await CliRun.Of(verb, Directory.CreateDirectory(folder.File("empty")).FullName)).OneErrorLine(1);
    }

    [Fact]
    public async Task Debug_shows_where_an_error_comes_from()
    {
        var run = await CliRun.Of("fit", "nothing-like-it", "--debug");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("   at ", run.Error);
    }

    [Fact]
    public async Task The_version_tells_what_a_bug_report_needs()
    {
        var run = await CliRun.Of("--version");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches(@"^bantam \d+\.\d+\.\d+ \(.*\.NET 10.*\)\n$", run.Output);
    }

    [Fact]
    public async Task Help_lists_the_verbs_and_every_verb_has_examples_that_parse()
    {
        var root = await CliRun.Of("--help");
        Assert.Equal((0, root.Output), (root.ExitCode, (await CliRun.Of()).Output));
        foreach (var verb in (string[])["fit", "size", "inspect", "convert", "run", "chat", "bench", "compare"])
        {
            Assert.Contains($"\n  {verb} <", root.Output);
            var help = await CliRun.Of(verb, "--help");
            Assert.Equal(0, help.ExitCode);
            var examples = help.Output.Split("Examples:\n")[1].TrimEnd().Split('\n');
            Assert.All(examples, e => Assert.StartsWith($"  bantam {verb} ", e));
            foreach (var example in examples)
            {
                var args = CommandLineParser.SplitCommandLine(example.Trim().Split("  ")[0]).Skip(1);
                Assert.NotEqual(2, (await CliRun.Of([.. args])).ExitCode);
            }
        }
    }
}
