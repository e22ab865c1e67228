using System.Globalization;
using System.Text;
using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Tests.Models;

/// <summary>Writes docs/models.md from what the tests found.</summary>
internal static class ModelsPage
{
    /// <summary>The worst difference of a logit, of the largest, and the mean KL divergence: as Bantam computes, and rounding as the peer does.</summary>
    public sealed record Row(string Shape, DType Format, string Against, double Difference, double Kl, double Alike, double AlikeKl);

    private const string Head = """
        # Models

        Which families run, and how exactly. This page is written by a test (`FamilyGoldenTests`; `BANTAM_WRITE_DOCS=1` renews it) from what it has found, so it says what is true of this version. Random checkpoints at awkward shapes, every feature of the family switched on, logits that spread by 2 to 4; leaving any feature out moves them by at least a hundred times the tolerance. `tests/Bantam.Tests/Golden/Families` has the other implementations' logits, `bench/peers` the programs that made them.

        """;

    private const string TorchHead = """

        ## Against double precision

        A plain torch reference of ours, written from the papers, in double precision (`bench/peers/families`); weights and cache in F32. The largest difference of a logit, as a share of the largest logit.

        | model | difference |
        |---|---|

        """;

    private const string PeerHead = """

        ## Against llama.cpp

        From the same GGUF file, which `convert` wrote; F32 cache, no flash attention. llama.cpp looks gelu up in a table of half precision and rounds activations to the type of F16 and BF16 weights. Bantam computes gelu itself and keeps those activations in F32: *as it is* is the distance between the two, *rounding alike* what is left of it when a test makes Bantam round in those places too. In block formats both round activations to 8 bits. Each cell: the largest difference of a logit, as a share of the largest, over all models of the row, and the mean KL divergence in nats.

        | format | models | as it is | rounding alike |
        |---|---|---|---|

        """;

    private const string Foot = """

        Per family, the worst of all block formats and the float formats:

        | family | F32 | F16 | BF16 | block formats | KL of block formats |
        |---|---|---|---|---|---|

        """;

    private const string Notes = """

        Block formats are compared on weights for which no activation lies so near a rounding boundary that the two engines round it to different sides; the [log](log.md) says how often that happens and what it costs. What only a Hugging Face directory can say, or llama.cpp does not compute (windows of Mistral, Mixtral, Qwen and Phi-3, biases of SmolLM3, other patterns of layers), has the torch reference alone. Checkpoints in FP8 are compared with the same model in F32 weights (`Float8Tests`), tokenizers in [their own tests](../tests/Bantam.Tests/Tokenizers).
        """;

    public static string Write(IEnumerable<Row> rows)
    {
        var all = rows.ToList();
        var page = new StringBuilder(Head).Append(TorchHead);
        foreach (var row in all.Where(r => r.Against == "torch"))
            page.Append(Invariant($"| {Name(row.Shape)} | {row.Difference:0.0e+0} |\n"));

        page.Append(PeerHead);
        var peer = all.Where(r => r.Against != "torch").ToList();
        foreach (var group in peer.GroupBy(r => r.Format))
            page.Append(Invariant($"| {group.Key} | {group.Count()} | {group.Max(r => r.Difference):0.0e+0}, KL {Kl(group.Max(r => r.Kl))} | {group.Max(r => r.Alike):0.0e+0}, KL {Kl(group.Max(r => r.AlikeKl))} |\n"));

        page.Append(Foot);
        foreach (var group in peer.GroupBy(r => r.Shape))
        {
            var blocks = group.Where(r => r.Format.IsBlocked).ToList();
            page.Append(Invariant($"| {Name(group.Key)} | {Worst(DType.F32)} | {Worst(DType.F16)} | {Worst(DType.BF16)} | {(blocks.Count == 0 ? "" : Invariant($"{blocks.Max(r => r.Alike):0.0e+0}"))} | {(blocks.Count == 0 ? "" : Kl(blocks.Max(r => r.AlikeKl)))} |\n"));

            string Worst(DType format) => group.FirstOrDefault(r => r.Format == format) is { } row ? Invariant($"{row.Alike:0.0e+0}") : "";
        }
        return page.Append(Notes).Append('\n').ToString();
    }

    // Below this it is the rounding of the logits themselves.
    private static string Kl(double kl) => kl < 1e-9 ? "< 1e-9" : Invariant($"{kl:0.0e+0}");

    // gemma2, scale of queries → Gemma 2, scale of queries
    private static string Name(string shape)
    {
        var family = shape.Split(',')[0];
        return Architectures.TryFind(family, out var architecture) ? architecture.DisplayName + shape[family.Length..] : shape;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
