using System.Diagnostics;
using Bantam.Checkpoints;
using Bantam.Execution;
using Bantam.Inference;
using Bantam.Kernels;
using Bantam.Tests.Formats;
using Bantam.Tests.Models;

namespace Bantam.Tests.Hostile;

/// <summary>
/// Checkpoints of every family that are whole files and say something else than they should: each gives a token or is
/// refused in one line, and nothing else happens.
/// </summary>
public sealed class FamilyFuzzTests
{
    // Of each family and container; sixty thousand in all have been run.
    private const int Cases = 30;

    public static TheoryData<string> Families => [.. FamilyShapes.Small.Keys];

    [Theory]
    [MemberData(nameof(Families))]
    public void A_directory_that_says_something_else_gives_a_token_or_is_refused(string family) => Fuzz(family, (mutants, folder, random, n) => mutants.WriteDirectory(folder, random, n));

    [Theory]
    [MemberData(nameof(Families))]
    public void A_GGUF_file_that_says_something_else_gives_a_token_or_is_refused(string family) => Fuzz(family, (mutants, folder, random, n) => mutants.WriteGguf(folder, random, n));

    private static void Fuzz(string family, Func<FamilyMutants, ScratchFolder, Random, int, string> write)
    {
        var mutants = new FamilyMutants(family);
        using var workers = new Workers(1);
        using (var folder = new ScratchFolder())
            Assert.Equal("ran", Outcome(write(mutants, folder, new Random(0), 0), workers));
        var wrong = new List<string>();
        var outcomes = new Dictionary<string, int>();
        for (var seed = 0; seed < Cases; seed++)
        {
            using var folder = new ScratchFolder();
            var random = new Random((1000 * family.Length * family[^1]) + seed);
            var path = write(mutants, folder, random, random.Next(1, 4));
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var clock = Stopwatch.StartNew();
            string outcome;
            try
            {
                outcome = Outcome(path, workers);
            }
            catch (Exception e)
            {
                outcome = e.GetType().Name;
                wrong.Add($"{family}, seed {seed}: {e}");
            }
            if (clock.Elapsed > TimeSpan.FromSeconds(1)) wrong.Add($"{family}, seed {seed}: took {clock.Elapsed}");
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            if (allocated > 1 << 21) wrong.Add($"{family}, seed {seed}: {outcome} after {allocated} bytes");
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        // Some changes do no harm, and a fuzzer that always meets the same refusal tests nothing.
        Assert.True(outcomes.ContainsKey("ran") && outcomes.Count >= 4, string.Join(", ", outcomes));
    }

    // Opens, builds, computes one token.
    private static string Outcome(string path, Workers workers)
    {
        try
        {
            using var checkpoint = Checkpoint.Open(path);
            var model = checkpoint.CreateModel();
            if (checkpoint.Vocabulary is not null) _ = checkpoint.CreateTokenizer().Encode("word4");
            using var cache = model.NewCache(1, 4);
            using var pass = new Pass(workers, cache);
            _ = new Sampler(new SamplingOptions { Temperature = 0 }, model.Config.VocabSize).Next(model.Logits(pass, model.Forward(pass, [new Row(0, 0, WantsLogits: true)])).RowSpan<float>(0));
            return "ran";
        }
        catch (BantamException e)
        {
            Assert.DoesNotContain(e.Message, char.IsControl);
            Assert.EndsWith($"({e.Code})", e.Message, StringComparison.Ordinal);
            return e.Code;
        }
    }
}
