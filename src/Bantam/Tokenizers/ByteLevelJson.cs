using System.Text.Json;
using Bantam.Tokenizers.Pipeline;

namespace Bantam.Tokenizers;

/// <summary>A <c>tokenizer.json</c> that is byte-level BPE and nothing else: splits, bytes, merges, and at most form C before.</summary>
internal static class ByteLevelJson
{
    /// <summary>What a rule is called that has no name in GGUF files.</summary>
    public const string Unnamed = "unnamed";

    /// <summary>The vocabulary before added tokens, or null where the file does something that <see cref="ByteLevelBpe"/> does not.</summary>
    /// <exception cref="ModelFileException">BT1045: a pattern that is not read; further see <see cref="TokenizerJson.Read"/>.</exception>
    public static Vocabulary? Read(JsonElement root, string file, List<string> notices)
    {
        var (model, splits) = (root.Field("model"), root.Field("pre_tokenizer"));
        if (!PreTokenizerJson.HasByteLevel(splits) || model.Flag("byte_fallback") == true || PreTokenizerJson.Read(splits) is not { } steps || !EndsInBytes(steps)) return null;
        if (IsNfc(root, file) is not { } nfc || !DecodesBytes(root, file)) return null;
        var ignoreMerges = model.Flag("ignore_merges") ?? false;
        var named = PreTokenizers.Find(steps, ignoreMerges);
        var rule = (named ?? new PreTokenizer(Unnamed, [.. steps])) with { Nfc = nfc, IgnoreMerges = ignoreMerges };
        if (named is null) notices.Add($"the tokenizer splits text by a rule that has no name in GGUF files: {ModelFileException.Printable(splits.GetRawText())}");
        else if (nfc && !named.Nfc) notices.Add($"the tokenizer normalises text to NFC, the rule {named.Name} does not");
        else if (!nfc && named.Nfc) notices.Add($"the tokenizer does not normalise text, the rule {named.Name} normalises to NFC");
        if (named is not null && ignoreMerges != named.IgnoreMerges) notices.Add($"ignore_merges is {(ignoreMerges ? "true" : "false")}, in the rule {named.Name} it is not");
        var pieces = TokenizerJson.Pieces(model.Field("vocab"), file);
        return new Vocabulary
        {
            Source = file,
            Kind = TokenizerKind.ByteLevelBpe,
            Pieces = pieces,
            Scores = [],
            Types = TokenizerJson.Types(pieces),
            Merges = [.. TokenizerJson.Merges(model, file, pieces).Pairs],
            AddBos = false,
            AddSpacePrefix = false,
            PreTokenizer = rule.Name,
            Rule = rule == named ? null : rule,
        };
    }

    // The library splits again what comes behind: only falcon's rule is known to do so.
    private static bool EndsInBytes(List<SplitStep> steps) =>
        steps.Count(step => step.Kind is SplitKind.Bytes or SplitKind.WordsAndBytes) == 1
        && (steps[^1].Kind is SplitKind.Bytes or SplitKind.WordsAndBytes || PreTokenizers.Find(steps, ignoreMerges: false) is not null);

    private static bool? IsNfc(JsonElement root, string file) => StepReaders.Flat(root, "normalizer", "normalizers", file).Select(step => step.Text("type")).ToList() switch
    {
        [] => false,
        ["NFC"] => true,
        _ => null,
    };

    // Absent in files that were written by hand; other decoders are steps.
    private static bool DecodesBytes(JsonElement root, string file) =>
        StepReaders.Flat(root, "decoder", "decoders", file).Select(step => step.Text("type")).ToList() is [] or ["ByteLevel"];
}
