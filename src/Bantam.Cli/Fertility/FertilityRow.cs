using Bantam.Tokenizers;

namespace Bantam.Cli.Fertility;

/// <summary>What a sample costs with one tokenizer. BOS and EOS are left out: they cost the same in every language.</summary>
/// <param name="Sample">The texts.</param>
/// <param name="Tokens">Tokens of all.</param>
/// <param name="Unknown">Those that stand for text which the vocabulary has not.</param>
/// <param name="Spelled">Those that are a byte, or hold a cut character: text that has to be spelled.</param>
/// <param name="RoundTrips">Whether decoding gives every text back, character by character.</param>
internal sealed record FertilityRow(Sample Sample, long Tokens, long Unknown, long Spelled, bool RoundTrips)
{
    // One token in a hundred: a name, and not the language.
    private const double Few = 0.01;

    /// <summary>Tokens per word, or null where words are not known.</summary>
    public double? PerWord => Ratio(Sample.Words);

    /// <summary>Tokens per code point.</summary>
    public double? PerCharacter => Ratio(Sample.Characters);

    /// <summary>Tokens per byte of UTF-8.</summary>
    public double? PerByte => Ratio(Sample.Bytes);

    /// <summary>Share of unknown tokens.</summary>
    public double? UnknownShare => Tokens > 0 ? (double)Unknown / Tokens : null;

    /// <summary>Share of spelled tokens.</summary>
    public double? SpelledShare => Tokens > 0 ? (double)Spelled / Tokens : null;

    /// <summary>Whether the tokens say the text, but for a name here and there: one unknown token may stand for a whole word, and is no saving.</summary>
    public bool SaysTheText => !(UnknownShare > Few);

    /// <summary>Its tokens, of those of a text that says the same in another language; null where one of the two loses text.</summary>
    public double? CostOver(FertilityRow other) => SaysTheText && other.SaysTheText && other.Tokens > 0 ? (double)Tokens / other.Tokens : null;

    /// <summary>Counts the tokens of a sample.</summary>
    public static FertilityRow Measure(Tokenizer tokenizer, Sample sample, Action<long>? bytesDone = null, CancellationToken cancel = default)
    {
        var (ids, tokens, unknown, spelled, roundTrips) = (new List<int>(), 0L, 0L, 0L, true);
        foreach (var text in sample.Texts)
        {
            cancel.ThrowIfCancellationRequested();
            ids.Clear();
            tokenizer.Encode(text, ids);
            tokens += ids.Count;
            foreach (var id in ids)
            {
                if (id == tokenizer.UnkId) unknown++;
                else if (PieceText.IsSpelled(tokenizer, id)) spelled++;
            }
            roundTrips &= tokenizer.Decode(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ids)) == text;
            bytesDone?.Invoke(System.Text.Encoding.UTF8.GetByteCount(text));
        }
        return new(sample, tokens, unknown, spelled, roundTrips);
    }

    private double? Ratio(long? count) => count > 0 ? (double)Tokens / count : null;
}
