using System.Buffers;
using System.Text.Json;
using Bantam.Tokenizers.Pipeline;

namespace Bantam.Tokenizers;

/// <summary>A <c>tokenizer.json</c> that is byte-level BPE and nothing else: splits, bytes, merges, and at most form C before.</summary>
internal static class ByteLevelJson
{
    private static readonly SearchValues<char> NumbersOfBytes = SearchValues.Create("\u00B2\u00B3\u00B9\u00BC\u00BD\u00BE");

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
        var named = PreTokenizers.Find(steps, ignoreMerges, nfc);
        var rule = (named ?? new PreTokenizer(Unnamed, [.. steps])) with { Nfc = nfc, IgnoreMerges = ignoreMerges };
        if (named is not null && nfc && !named.Nfc) notices.Add($"the tokenizer normalises text to NFC, the rule {named.Name} does not");
        if (named is not null && !nfc && named.Nfc) notices.Add($"the tokenizer does not normalise text, the rule {named.Name} normalises to NFC");
        if (named is not null && ignoreMerges != named.IgnoreMerges) notices.Add($"ignore_merges is {(ignoreMerges ? "true" : "false")}, in the rule {named.Name} it is not");
        var pieces = TokenizerJson.Pieces(model.Field("vocab"), file);
        if (steps.Contains(new SplitStep(SplitKind.ByteDigitRuns)) && pieces.Any(JoinsNumbers)) return null;
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
            Trimmed = StepReaders.ReadPostProcessors(root, file).Select(step => step.Trimmed).FirstOrDefault(trimmed => trimmed is not null),
        };
    }

    // The library splits again what comes behind: only falcon's rule is known to do so.
    private static bool EndsInBytes(List<SplitStep> steps) =>
        steps.Count(PreTokenizerJson.IsBytes) == 1
        && (PreTokenizerJson.IsBytes(steps[^1]) || PreTokenizers.Find(steps, ignoreMerges: false) is not null);

    // Six bytes look like numbers once they are characters, and are split off like digits: pieces of a vocabulary that was learned so have no such byte with others.
    private static bool JoinsNumbers(string piece) => piece.AsSpan().ContainsAny(NumbersOfBytes) && piece.AsSpan().ContainsAnyExcept(NumbersOfBytes);

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
