using System.Text;
using Bantam.Tokenizers.Pipeline;

namespace Bantam.Tokenizers;

/// <summary>
/// Decodes tokens one by one, as they are generated. Each part holds complete characters only, never half a UTF-8
/// sequence or half a surrogate pair; all parts together are what <see cref="Tokenizer.Decode"/> makes of the whole.
/// </summary>
/// <param name="tokenizer">The tokenizer of the tokens.</param>
/// <param name="continuesText">
/// Whether the tokens follow a text that is already shown, such as a completed prompt: then the first one keeps its
/// leading space.
/// </param>
public sealed class TextStream(Tokenizer tokenizer, bool continuesText = false)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private bool _atStart = !continuesText;

    // The token before, of which the end depends on whether another follows; -1 where there is none.
    private (int Id, bool IsFirst, int Shown) _held = (-1, false, 0);

    // Text whose spaces may still be cleaned up.
    private string _unsettled = "";

    /// <summary>Takes a token and returns the characters that it completed; often none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary.</exception>
    public string Append(int id)
    {
        if (tokenizer.IsSilent(id)) return "";
        var before = Release(isLast: false);
        var bytes = tokenizer.Shown(id, _atStart, isLast: false);
        if (tokenizer.SeesLast)
        {
            _held = (id, _atStart, bytes.CommonPrefixLength(tokenizer.Shown(id, _atStart, isLast: true)));
            bytes = bytes[.._held.Shown];
        }
        _atStart = false;
        return Settle(before + Convert(bytes, flush: false), isLast: false);
    }

    /// <summary>Ends the text and returns what was held back: what only a last token is, U+FFFD for a character that was never completed, mostly nothing.</summary>
    public string Flush() => Settle(Release(isLast: true) + Convert([], flush: true), isLast: true);

    private string Settle(string text, bool isLast)
    {
        if (!tokenizer.Vocabulary.CleansUpSpaces) return text;
        text = _unsettled + text;
        var settled = isLast ? text.Length : SpaceCleanup.Settled(text);
        _unsettled = text[settled..];
        return SpaceCleanup.OfText(text[..settled]);
    }

    private string Release(bool isLast)
    {
        if (_held.Id < 0) return "";
        var bytes = tokenizer.Shown(_held.Id, _held.IsFirst, isLast)[_held.Shown..];
        _held = (-1, false, 0);
        return Convert(bytes, flush: false);
    }

    private string Convert(ReadOnlySpan<byte> bytes, bool flush)
    {
        Span<char> small = stackalloc char[256];
        // One more byte's worth than given: the decoder may hold the beginning of a character.
        var most = Encoding.UTF8.GetMaxCharCount(bytes.Length + 4);
        var chars = most <= small.Length ? small : new char[most];
        return chars[.._decoder.GetChars(bytes, chars, flush)].ToString();
    }
}
