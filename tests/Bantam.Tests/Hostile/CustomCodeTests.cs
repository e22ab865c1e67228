using Bantam.Checkpoints;
using Bantam.Models;
using Bantam.Tensors;
using Bantam.Tests.Cli;
using Bantam.Tests.Formats;
using Bantam.Tests.Models;

namespace Bantam.Tests.Hostile;

/// <summary><c>auto_map</c>, by which a configuration asks for code of its own: needless for a family that is known, refused for one that is not.</summary>
public sealed class CustomCodeTests
{
    private const string Phi3 = """{"AutoConfig":"configuration_phi3.Phi3Config","AutoModelForCausalLM":"other/repository--modeling_phi3.Phi3ForCausalLM"}""";

    [Theory]
    [InlineData(Phi3)]
    [InlineData("\"modeling\"")]
    [InlineData("[1,{}]")]
    [InlineData("{}")]
    public void A_family_that_is_known_runs_without_it_and_says_so(string map)
    {
        using var folder = new ScratchFolder();
        var path = Write(folder, $"\"auto_map\":{map},\"_attn_implementation_internal\":\"eager\",");
        using var checkpoint = Checkpoint.Open(path);
        Assert.NotNull(checkpoint.CreateModel());
        Assert.Contains("auto_map", checkpoint.CodeNotice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspecting_and_converting_say_that_it_is_not_run()
    {
        using var folder = new ScratchFolder();
        foreach (var (more, says) in new[] { ("", false), ($"\"auto_map\":{Phi3},", true) })
        {
            var path = Write(folder, more);
            foreach (var run in new[] { await CliRun.Of("inspect", path), await CliRun.Of("convert", path, "-o", folder.File($"{says}.gguf")) })
            {
                Assert.Equal(0, run.ExitCode);
                Assert.Equal(says, run.Error.Contains("note: config.json asks to run the model's own code (auto_map), which Bantam neither fetches nor runs", StringComparison.Ordinal));
            }
        }
        Assert.Equal(File.ReadAllBytes(folder.File("False.gguf")), File.ReadAllBytes(folder.File("True.gguf")));
    }

    [Theory]
    [InlineData("""{"model_type":"phi_unheard_of","auto_map":{"AutoModel":"modeling.Model"}}""", "phi_unheard_of")]
    [InlineData("""{"model_type":"llama","architectures":["DeciLMForCausalLM"],"auto_map":{"AutoModel":"modeling.Model"}}""", "DeciLMForCausalLM")]
    [InlineData("""{"model_type":"phi3_v","vision_config":{},"auto_map":{"AutoModel":"modeling.Model"}}""", "phi3_v")]
    public void A_family_that_is_not_known_is_refused_with_a_word_on_it(string config, string named)
    {
        using var folder = new ScratchFolder();
        folder.Write("config.json", config);
        var message = Refusal.OfModel("BT2001", "config.json", () => Checkpoint.Open(folder.Path)).Message;
        Assert.Contains($"'{named}'", message, StringComparison.Ordinal);
        Assert.Contains("auto_map wants to run the model's own code, which Bantam never does", message, StringComparison.Ordinal);

        folder.Write("config.json", config.Replace("""{"AutoModel":"modeling.Model"}""", "null", StringComparison.Ordinal));
        Assert.DoesNotContain("auto_map", Assert.Throws<UnsupportedModelException>(() => Checkpoint.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    // A Phi-3 beside a script that nobody may run.
    private static string Write(ScratchFolder folder, string more)
    {
        var path = folder.File("model");
        using (var donor = FamilyCheckpoints.Create(FamilyShapes.Small["phi3"], DType.F32, 1))
            HuggingFaceExport.Write(path, donor, DType.F32);
        var config = Path.Combine(path, "config.json");
        File.WriteAllText(config, "{" + more + File.ReadAllText(config).TrimStart()[1..]);
        File.WriteAllText(Path.Combine(path, "modeling_phi3.py"), "raise SystemExit('this was run')");
        return path;
    }
}
