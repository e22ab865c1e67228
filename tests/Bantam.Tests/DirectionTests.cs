using System.Text.RegularExpressions;

namespace Bantam.Tests;

/// <summary>
/// Rooms may use what stands left of them, and nothing else (docs/architecture.md). Read from the sources, because a
/// namespace is no assembly and the compiler would not object.
/// </summary>
public sealed partial class DirectionTests
{
    // Room → the rooms it may name, besides itself.
    private static readonly Dictionary<string, string[]> Allowed = Build();

    public static TheoryData<string> Rooms => new(Allowed.Keys);

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_uses_only_what_stands_left_of_it(string room)
    {
        foreach (var file in Directory.EnumerateFiles(Folder(room), "*.cs", SearchOption.AllDirectories))
        {
            var code = string.Join('\n', File.ReadLines(file).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)));
            foreach (var used in RoomName().Matches(code).Select(m => m.Groups["room"].Value).Distinct())
                Assert.True(
                    used == room || !Allowed.ContainsKey(used) || Allowed[room].Contains(used),
                    $"{Path.GetFileName(file)} in {room} uses {used}, which does not stand left of it");
        }
    }

    [Fact]
    public void Every_room_of_the_library_has_its_place() =>
        Assert.Equal(
            Allowed.Keys.Order(StringComparer.Ordinal),
            Directory.EnumerateDirectories(Folder("")).Select(d => Path.GetFileName(d)!).Where(d => d is not "bin" and not "obj").Order(StringComparer.Ordinal));

    [Fact]
    public void The_front_door_is_used_by_no_room()
    {
        foreach (var room in Allowed.Keys)
            foreach (var file in Directory.EnumerateFiles(Folder(room), "*.cs", SearchOption.AllDirectories))
                Assert.DoesNotContain("LanguageModel.", File.ReadAllText(file).Replace("ModelHead.LanguageModel.", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private static Dictionary<string, string[]> Build()
    {
        string[] engine = ["Tensors", "Kernels", "Execution", "Ops", "Nn"];
        string[] models = [.. engine, "Formats", "Models"];
        string[] opened = [.. models, "Tokenizers", "Checkpoints"];
        return new()
        {
            ["Tensors"] = [],
            ["Tokenizers"] = [],
            ["Templates"] = [],
            ["Chat"] = ["Templates", "Tokenizers"],
            ["Formats"] = ["Tensors"],
            ["Kernels"] = ["Tensors"],
            ["Execution"] = ["Tensors", "Kernels"],
            ["Ops"] = ["Tensors", "Kernels", "Execution"],
            ["Nn"] = ["Tensors", "Kernels", "Execution", "Ops"],
            ["Models"] = [.. engine, "Formats"],
            ["Checkpoints"] = [.. models, "Tokenizers"],
            ["Sizing"] = models,
            ["Inference"] = opened,
            ["Evaluation"] = [.. opened, "Inference", "Sizing"],
            ["Compression"] = [.. opened, "Inference", "Sizing", "Evaluation"],
        };
    }

    private static string Folder(string room) => Path.Combine(Repository.Root, "src", "Bantam", room);

    // using Bantam.Room…; and names that begin with a room: Ops.MatMul.Forward, Bantam.Formats.Gguf.GgufFile.
    [GeneratedRegex(@"(?<![.\w])(?:Bantam\.)?(?<room>Tensors|Tokenizers|Templates|Chat|Formats|Kernels|Execution|Ops|Nn|Models|Checkpoints|Sizing|Inference|Evaluation|Compression)(?=[.;]\w*)")]
    private static partial Regex RoomName();
}
