using System.Text.Json;
using Bantam.Tokenizers.Pipeline;

namespace Bantam.Tokenizers;

/// <summary>
/// A <c>tokenizer.json</c> that was made of a SentencePiece BPE model (Llama 2, Mistral, Phi-3): '▁' for spaces, bytes for
/// what has no piece, and merges in the place of scores.
/// </summary>
internal static class SentencePieceJson
{
    /// <summary>The vocabulary before added tokens.</summary>
    /// <exception cref="ModelFileException">BT1045: text is changed or split in another way than SentencePiece does, or the merges follow from no scores.</exception>
    public static Vocabulary Read(JsonElement root, string file, string[] pieces, MergeTable merges, IReadOnlyCollection<AddedToken> added, List<string> notices)
    {
        var model = root.Field("model");
        var unknown = model.Text("unk_token") is { } text ? Array.IndexOf(pieces, text) : -1;
        var types = TokenizerJson.Types(pieces);
        for (var id = 0; id < pieces.Length; id++)
            if (Vocabulary.ByteOf(pieces[id]) is not null) types[id] = TokenType.Byte;
        if (unknown >= 0) types[unknown] = TokenType.Unknown;
        var vocabulary = new Vocabulary
        {
            Source = file,
            Pieces = pieces,
            Scores = MergeScores.Of(file, pieces, types, merges, added.Select(token => token.Content).ToHashSet(StringComparer.Ordinal)),
            Types = types,
            UnkId = unknown < 0 ? null : unknown,
            AddSpacePrefix = HasSpacePrefix(root, file, notices),
        };
        if (root.Field("pre_tokenizer").Text("type") != "Metaspace" && added.All(token => token.Special)) return vocabulary;
        // Metaspace puts no space in front of text that has one, which SentencePiece does; and an added token that is not special parts
        // the text, which a user-defined piece does not. The steps say it, and scores what GGUF can hold.
        // To steps a special token is one like all others, the unknown one too.
        if (unknown >= 0 && added.Any(token => token.Special && token.Id == unknown)) types[unknown] = TokenType.Normal;
        return vocabulary with
        {
            Types = types,
            Merges = [.. merges.Pairs],
            Pipeline = StepReaders.Read(root, file),
            Subword = new SubwordSettings { FuseUnk = model.Flag("fuse_unk") ?? false, ByteFallback = true, IgnoreMerges = model.Flag("ignore_merges") ?? false },
        };
    }

    private static bool HasSpacePrefix(JsonElement root, string file, List<string> notices)
    {
        var (normalizer, splits) = (root.Field("normalizer"), root.Field("pre_tokenizer"));
        var steps = normalizer.Text("type") switch
        {
            null => [],
            "Sequence" => normalizer.Items("normalizers").ToList(),
            _ => [normalizer],
        };
        var (prefix, replaces) = (false, false);
        foreach (var step in steps)
        {
            if (step.Text("type") == "Prepend" && step.Text("prepend") == "\u2581") prefix = true;
            else if (step.Text("type") == "Replace" && step.Field("pattern").Text("String") == " " && step.Text("content") == "\u2581") replaces = true;
            else throw TokenizerJson.Unsupported(file, "normalizer", step.GetRawText());
        }
        switch (splits.Text("type"))
        {
            // There is no space left to split at.
            case "Split" when replaces && splits.Field("pattern").Text("String") == " ":
            case null when replaces:
                return prefix;
            case "Metaspace" when splits.Flag("split") == false && splits.Text("replacement") == "\u2581":
                var scheme = splits.Text("prepend_scheme") ?? "always";
                if (scheme == "first") notices.Add("the tokenizer puts a space in front of the first word only, not behind special tokens (prepend_scheme first): GGUF cannot say so");
                return prefix || scheme != "never";
            default:
                throw TokenizerJson.Unsupported(file, "pre_tokenizer", splits.ValueKind is JsonValueKind.Undefined ? "absent" : splits.GetRawText());
        }
    }
}
