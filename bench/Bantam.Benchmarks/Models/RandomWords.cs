using Bantam.Models;
using Bantam.Tokenizers;

namespace Bantam.Benchmarks.Models;

/// <summary>
/// A vocabulary of invented words as large as a model's, in the manner of its family, that Bantam and llama.cpp both take.
/// Words are all sequences of letters, the short ones first: each is a shorter word and one letter more.
/// </summary>
internal static class RandomWords
{
    private const string Letters = "etaoinshrdlcumwfgypbvkjxqz";

    /// <summary>Where the special tokens stand tells the manner: first in SentencePiece, last in byte-level BPE.</summary>
    public static Vocabulary Of(ModelConfig config) =>
        config.BosTokenId is { } bos && bos < 256 ? SentencePiece(config, bos) : ByteLevel(config, config.BosTokenId ?? config.VocabSize - 2);

    private static Vocabulary SentencePiece(ModelConfig config, int bos)
    {
        string[] specials = bos == 2 ? ["<pad>", "<eos>", "<bos>", "<unk>"] : ["<unk>", "<s>", "</s>"];
        var (unknown, size) = (Array.IndexOf(specials, "<unk>"), config.VocabSize);
        var pieces = new List<string>(specials);
        for (var value = 0; value < 256; value++) pieces.Add($"<0x{value:X2}>");
        var firstWord = pieces.Count;
        pieces.Add($"{Vocabulary.Space}");
        pieces.AddRange(Letters.Select(letter => $"{letter}"));
        pieces.AddRange(Words(pieces[firstWord..]).Select(word => word.Text).Take(size - pieces.Count));
        return new Vocabulary
        {
            Source = "random words",
            Pieces = [.. pieces],
            Scores = [.. Enumerable.Range(0, size).Select(id => id < firstWord ? 0f : firstWord - id)],
            Types = [.. Enumerable.Range(0, size).Select(id => id == unknown ? TokenType.Unknown : id < specials.Length ? TokenType.Control : id < firstWord ? TokenType.Byte : TokenType.Normal)],
            BosId = bos,
            EosIds = [.. config.EosTokenIds],
            UnkId = unknown,
            AddSpacePrefix = config.Architecture != "gemma",
        };
    }

    private static Vocabulary ByteLevel(ModelConfig config, int firstSpecial)
    {
        var size = config.VocabSize;
        var pieces = Enumerable.Range(0, 256).Select(value => $"{ByteCharacters.Of((byte)value)}").ToList();
        var merges = new List<MergePair>();
        string[] starts = [$"{ByteCharacters.Of((byte)' ')}", .. Letters.Select(letter => $"{letter}")];
        var ids = pieces.Index().ToDictionary(piece => piece.Item, piece => piece.Index);
        foreach (var (text, last) in Words(starts).Take(firstSpecial - pieces.Count))
        {
            merges.Add(new(ids[text[..^1]], ids[$"{last}"]));
            ids[text] = pieces.Count;
            pieces.Add(text);
        }
        pieces.AddRange(Enumerable.Range(firstSpecial, size - firstSpecial).Select(id => $"<|special_{id - firstSpecial}|>"));
        return new Vocabulary
        {
            Source = "random words",
            Kind = TokenizerKind.ByteLevelBpe,
            Pieces = [.. pieces],
            Scores = [],
            Merges = [.. merges],
            Types = [.. Enumerable.Range(0, size).Select(id => id < firstSpecial ? TokenType.Normal : TokenType.Control)],
            BosId = config.BosTokenId,
            EosIds = [.. config.EosTokenIds],
            AddBos = config.BosTokenId is not null,
            PreTokenizer = "llama-bpe",
        };
    }

    // Without end, in the order of their length.
    private static IEnumerable<(string Text, char Last)> Words(IEnumerable<string> starts)
    {
        for (var shorter = starts.ToList(); ;)
        {
            var longer = new List<string>();
            foreach (var word in shorter)
                foreach (var letter in Letters)
                {
                    longer.Add(word + letter);
                    yield return (word + letter, letter);
                }
            shorter = longer;
        }
    }
}
