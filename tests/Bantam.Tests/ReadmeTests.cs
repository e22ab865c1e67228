namespace Bantam.Tests;

/// <summary>What the README shows is compiled: every line of its C# stands in a sample.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void Every_line_of_code_stands_in_a_sample()
    {
        var samples = Directory.EnumerateFiles(Path.Combine(Repository.Root, "samples"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(File.ReadLines)
            .Select(l => l.Trim())
            .ToHashSet();
        var code = File.ReadLines(Path.Combine(Repository.Root, "README.md"))
            .SkipWhile(l => l != "```csharp").Skip(1).TakeWhile(l => l != "```").Where(l => l.Length > 0).ToList();
        Assert.NotEmpty(code);
        Assert.Equal(code, code.Where(l => samples.Contains(l.Trim())));
    }

    [Fact]
    public void The_first_screen_is_a_sentence_and_something_that_runs()
    {
        var first = File.ReadLines(Path.Combine(Repository.Root, "README.md")).Take(12).ToList();
        Assert.Contains("dotnet run -c Release --project src/Bantam.Cli -- fit gemma-2b", first);
        Assert.Contains("dotnet test", first);
    }

    [Fact]
    public void The_commands_read_only_what_came_with_the_checkpoint_or_what_a_command_above_wrote()
    {
        HashSet<string> known = ["stories260K.bin", "tok512.bin"];
        var commands = File.ReadLines(Path.Combine(Repository.Root, "README.md")).Where(l => l.StartsWith("bantam ", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(commands);
        foreach (var command in commands)
        {
            var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var written = words.Index().Where(w => w.Index > 0 && words[w.Index - 1] is "-o" or ">").Select(w => w.Item).ToList();
            var read = words.Where(w => Path.GetExtension(w) is ".bin" or ".gguf" or ".txt").Except(written);
            Assert.All(read, file => Assert.Contains(file, known));
            known.UnionWith(written);
        }
    }

    [Fact]
    public void Links_between_documents_lead_somewhere()
    {
        var files = Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Repository.Root, "*.md"));
        foreach (var file in files)
            foreach (System.Text.RegularExpressions.Match link in System.Text.RegularExpressions.Regex.Matches(File.ReadAllText(file), @"\]\(([^)#:]+)(#[^)]*)?\)"))
            {
                var target = Path.Combine(Path.GetDirectoryName(file)!, link.Groups[1].Value);
                Assert.True(File.Exists(target) || Directory.Exists(target), $"{Path.GetFileName(file)} links to {link.Groups[1].Value}");
            }
    }
}
