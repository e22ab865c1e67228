using Bantam.Tokenizers.Pipeline;

namespace Bantam.Tokenizers;

/// <summary>Texts and pairs of texts, cut to a length and filled up to one, as a <c>tokenizer.json</c> says or as told.</summary>
public static class TokenBatches
{
    /// <summary>The tokens of two texts together, as the model was trained to see them: with the tokens that are put before, between and behind.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="first">The first text.</param>
    /// <param name="second">The second text; null for one alone.</param>
    /// <param name="truncation">How both together are cut; null for what the vocabulary says.</param>
    /// <param name="addSpecial">Whether tokens are put around; the default is yes.</param>
    /// <param name="parseSpecial">See <see cref="Tokenizer.Encode(string, bool?, bool?, bool)"/>.</param>
    /// <exception cref="BantamException">BT1082: the texts cannot be cut to that length.</exception>
    public static TokenizedPair EncodePair(this Tokenizer tokenizer, string first, string? second, TruncationSettings? truncation = null, bool addSpecial = true, bool parseSpecial = false)
    {
        TokenizedText[] texts = [.. new[] { first, second }.OfType<string>().Select(text => tokenizer.EncodeWithOffsets(text, false, false, parseSpecial))];
        var vocabulary = tokenizer.Vocabulary;
        var template = !addSpecial ? TokenTemplate.Around(null, null)
            : PostProcessorJson.IsAsFileSays(vocabulary) && vocabulary.Template is { } known ? known
            : TokenTemplate.Around(vocabulary.AddBos ? vocabulary.BosId : null, vocabulary is { AddEos: true, EosIds: [var eos, ..] } ? eos : null);
        var parts = second is null ? template.Single : template.Pair;
        if ((truncation ?? vocabulary.Truncation) is { } limit) Cut(texts, limit, parts.Sum(part => part.Ids.Length));
        var (ids, types, spans, sources) = (new List<int>(), new List<int>(), new List<TokenSpan>(), new List<int>());
        foreach (var part in parts)
        {
            var source = part.Slot is TemplateSlot.Tokens ? -1 : (int)part.Slot;
            var text = source < 0 ? new TokenizedText(part.Ids, new TokenSpan[part.Ids.Length]) : texts[source];
            ids.AddRange(text.Ids);
            spans.AddRange(text.Spans);
            types.AddRange(Enumerable.Repeat(part.TypeId, text.Ids.Length));
            sources.AddRange(Enumerable.Repeat(source, text.Ids.Length));
        }
        return new TokenizedPair([.. ids], [.. types], [.. spans], [.. sources]);
    }

    /// <summary>The tokens of some texts, in rows of one length.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="padding">How rows are filled; null for what the vocabulary says, or with its padding token to the longest row.</param>
    /// <param name="truncation">How texts are cut; null for what the vocabulary says.</param>
    /// <param name="parseSpecial">See <see cref="Tokenizer.Encode(string, bool?, bool?, bool)"/>.</param>
    /// <exception cref="BantamException">BT1082: the texts cannot be cut to that length, or one is longer than the rows; BT1083: rows differ in length and there is no padding token.</exception>
    public static TokenBatch EncodeBatch(this Tokenizer tokenizer, IEnumerable<string> texts, PaddingSettings? padding = null, TruncationSettings? truncation = null, bool parseSpecial = false) =>
        tokenizer.EncodeBatch(texts.Select(text => (text, (string?)null)), padding, truncation, parseSpecial);

    /// <summary>The tokens of some pairs of texts, in rows of one length; see <see cref="EncodeBatch(Tokenizer, IEnumerable{string}, PaddingSettings?, TruncationSettings?, bool)"/>.</summary>
    public static TokenBatch EncodeBatch(
        this Tokenizer tokenizer, IEnumerable<(string First, string? Second)> texts, PaddingSettings? padding = null, TruncationSettings? truncation = null, bool parseSpecial = false)
    {
        var vocabulary = tokenizer.Vocabulary;
        var rows = texts.Select(text => tokenizer.EncodePair(text.First, text.Second, truncation, parseSpecial: parseSpecial)).ToList();
        padding ??= vocabulary.Padding ?? (vocabulary.PadId is { } pad ? new PaddingSettings(pad, vocabulary.Pieces[pad]) : null);
        var longest = rows.Count == 0 ? 0 : rows.Max(row => row.Ids.Length);
        if (padding is null && rows.Exists(row => row.Ids.Length < longest))
            throw new BantamException("BT1083", $"texts of {rows.Min(row => row.Ids.Length)} to {longest} tokens make no batch: the tokenizer has no padding token; name one");
        var columns = padding?.Length ?? longest;
        if (padding is { MultipleOf: > 1 and var multiple }) columns = checked((columns + multiple - 1) / multiple * multiple);
        if (longest > columns) throw new BantamException("BT1082", $"a text of {longest} tokens does not fit rows of {columns}; cut texts or pad to more");
        var size = checked(rows.Count * columns);
        var batch = new TokenBatch(rows.Count, columns, new int[size], new int[size], new int[size]);
        if (padding is not null)
        {
            Array.Fill(batch.Ids, padding.PadId);
            Array.Fill(batch.TypeIds, padding.PadTypeId);
        }
        for (var i = 0; i < rows.Count; i++)
        {
            var length = rows[i].Ids.Length;
            var at = (i * columns) + (padding is { OnLeft: true } ? columns - length : 0);
            rows[i].Ids.CopyTo(batch.Ids, at);
            rows[i].TypeIds.CopyTo(batch.TypeIds, at);
            Array.Fill(batch.AttentionMask, 1, at, length);
        }
        return batch;
    }

    private static void Cut(TokenizedText[] texts, TruncationSettings limit, int around)
    {
        var total = texts.Sum(text => text.Ids.Length);
        var room = limit.MaxLength - around;
        var over = total - Math.Max(room, 0);
        if (over <= 0) return;
        if (room < 0) throw new BantamException("BT1082", $"{limit.MaxLength} tokens are fewer than the {around} that the tokenizer puts around texts");
        var (first, second) = (texts[0].Ids.Length, texts.Length > 1 ? texts[1].Ids.Length : 0);
        switch (limit.Strategy)
        {
            case TruncationStrategy.LongestFirst:
                (first, second) = Longest(first, second, room);
                break;
            case TruncationStrategy.OnlyFirst:
                first -= over;
                break;
            default:
                second -= over;
                break;
        }
        // One that would become empty is not cut, as in the library.
        if (first < 0 || second < 0 || (limit.Strategy is TruncationStrategy.OnlyFirst && first == 0) || (limit.Strategy is TruncationStrategy.OnlySecond && second == 0))
            throw new BantamException("BT1082", $"texts of {total} tokens cannot be cut to {room} by shortening one of them; cut the longer first");
        texts[0] = Keep(texts[0], first, limit.FromLeft);
        if (texts.Length > 1) texts[1] = Keep(texts[1], second, limit.FromLeft);
    }

    // The shorter one stays as long as it is no more than half.
    private static (int First, int Second) Longest(int first, int second, int room)
    {
        if (second == 0) return (Math.Min(first, room), 0);
        var isSwapped = first > second;
        var (shorter, longer) = isSwapped ? (second, first) : (first, second);
        longer = shorter > room ? shorter : Math.Max(shorter, room - shorter);
        if (shorter + longer > room)
        {
            shorter = room / 2;
            longer = shorter + (room % 2);
        }
        return isSwapped ? (longer, shorter) : (shorter, longer);
    }

    private static TokenizedText Keep(TokenizedText text, int length, bool fromLeft)
    {
        var from = fromLeft ? text.Ids.Length - length : 0;
        return new TokenizedText(text.Ids[from..(from + length)], text.Spans[from..(from + length)]);
    }
}
