using System.Text;
using Bantam.Models;
using Bantam.Tokenizers;

namespace Bantam.Evaluation;

/// <summary>
/// A text cut for measurement: non-overlapping windows of token ids, each read by a model from an empty cache. The first
/// token of a window (BOS, where the model has one) is given and all others are scored once, so with BOS every token of
/// the text is scored. Tools cut differently and their perplexities cannot be compared; <see cref="Protocol"/> names this cut.
/// </summary>
public sealed class TextWindows
{
    /// <summary>Longest window unless told otherwise, in tokens.</summary>
    public const int UsualLength = 512;

    private TextWindows(List<int[]> windows, int length, int vocabulary, long bytes, string protocol)
    {
        (Windows, Length, VocabularySize, ScoredBytes, Protocol) = (windows, length, vocabulary, bytes, protocol);
        ScoredTokens = windows.Sum(w => w.Length - 1L);
    }

    /// <summary>Token ids window by window, at least two in each.</summary>
    public IReadOnlyList<int[]> Windows { get; }

    /// <summary>Most tokens in a window, BOS included.</summary>
    public int Length { get; }

    /// <summary>Ids of the tokenizer; a model may have more rows, which are padding.</summary>
    public int VocabularySize { get; }

    /// <summary>How many tokens are scored.</summary>
    public long ScoredTokens { get; }

    /// <summary>How many bytes of UTF-8 the scored tokens stand for: what bits per byte divides by.</summary>
    public long ScoredBytes { get; }

    /// <summary>The convention in words, to be printed with every number that follows from it.</summary>
    public string Protocol { get; }

    /// <summary>The usual window of a model: its context, at most <see cref="UsualLength"/> tokens.</summary>
    public static int LengthFor(ModelConfig config) => Math.Min(config.MaxPositionEmbeddings, UsualLength);

    /// <summary>Cuts texts; each begins a new window.</summary>
    /// <param name="tokenizer">Encodes them; begins windows with BOS where it does so by default.</param>
    /// <param name="documents">One text, or several that do not continue each other.</param>
    /// <param name="length">Most tokens in a window, BOS included, at least 2; see <see cref="LengthFor"/>.</param>
    /// <exception cref="BantamException">There is no token to score (BT4002).</exception>
    public static TextWindows FromText(Tokenizer tokenizer, IEnumerable<string> documents, int length = UsualLength)
    {
        var cut = new Cut(tokenizer, length);
        foreach (var text in documents)
        {
            cut.Add(tokenizer.Encode(text, addBos: false, addEos: false), Encoding.UTF8.GetByteCount(text));
        }
        return cut.Finish();
    }

    /// <inheritdoc cref="FromText(Tokenizer, IEnumerable{string}, int)"/>
    /// <param name="tokenizer">Encodes it.</param>
    /// <param name="text">The text.</param>
    /// <param name="length">Most tokens in a window.</param>
    public static TextWindows FromText(Tokenizer tokenizer, string text, int length = UsualLength) => FromText(tokenizer, [text], length);

    /// <summary>
    /// Cuts texts that are tokens already, for instance because a model wrote them: these ids are scored and not those that
    /// encoding their text again would give. A leading BOS is not scored.
    /// </summary>
    /// <inheritdoc cref="FromText(Tokenizer, IEnumerable{string}, int)"/>
    public static TextWindows FromTokens(Tokenizer tokenizer, IEnumerable<IReadOnlyList<int>> documents, int length = UsualLength)
    {
        var cut = new Cut(tokenizer, length);
        foreach (var document in documents)
        {
            int[] ids = [.. document.Count > 0 && document[0] == tokenizer.BosId ? document.Skip(1) : document];
            cut.Add(ids, ids.Select((id, i) => (long)(i == 0 ? tokenizer.FirstPiece(id) : tokenizer.Piece(id)).Length).Sum());
        }
        return cut.Finish();
    }

    private sealed class Cut
    {
        private readonly Tokenizer _tokenizer;
        private readonly int _length;
        private readonly int? _bos;
        private readonly List<int[]> _windows = [];
        private long _bytes;
        private int _documents;

        public Cut(Tokenizer tokenizer, int length)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(length, 2);
            (_tokenizer, _length, _bos) = (tokenizer, length, tokenizer.AddBos ? tokenizer.BosId : null);
        }

        public void Add(int[] ids, long bytes)
        {
            if (ids.Length == 0) return;
            _documents++;
            _bytes += bytes;
            var step = _bos is null ? _length : _length - 1;
            for (var at = 0; at < ids.Length; at += step)
            {
                var part = ids.AsSpan(at, Math.Min(step, ids.Length - at));
                if (_bos is { } bos)
                {
                    _windows.Add([bos, .. part]);
                    continue;
                }
                // Without BOS the first token of a window is only read: its bytes do not count.
                _bytes -= (at == 0 ? _tokenizer.FirstPiece(part[0]) : _tokenizer.Piece(part[0])).Length;
                if (part.Length > 1) _windows.Add(part.ToArray());
            }
        }

        public TextWindows Finish()
        {
            if (_windows.Count == 0)
                throw new BantamException("BT4002", "the text has no token to score; give a text of a few thousand words");
            var start = _bos is null ? "no BOS, every token after the first scored" : "BOS in each, every token after it scored";
            var documents = _documents > 1 ? $"; {_documents} documents, each from a new window" : "";
            return new TextWindows(_windows, _length, _tokenizer.VocabularySize, Math.Max(0, _bytes), $"non-overlapping windows of {_length} tokens, {start}{documents}");
        }
    }
}
