using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>Metaspace</c>: spaces become another character, which is put in front too, and pieces begin with it.</summary>
internal sealed class MetaspacePreTokenizer(MetaspaceSettings settings) : PreTokenizerStep
{
    /// <summary>The settings.</summary>
    public MetaspaceSettings Settings => settings;

    /// <inheritdoc/>
    public override void Apply(TextPieces pieces)
    {
        var (text, mark) = (pieces.Text, settings.Replacement);
        text.Begin();
        foreach (var piece in pieces.All)
        {
            var written = text.Written;
            var prepends = settings.Scheme is PrependScheme.Always || (settings.Scheme is PrependScheme.First && pieces.IsFirst(piece));
            var chars = pieces.Chars(piece);
            if (prepends && chars[0] != ' ' && !chars.StartsWith(mark, StringComparison.Ordinal))
            {
                CodePoints.At(chars, 0, out var first);
                text.Put(mark, piece.Start, piece.Start + first);
            }
            for (var at = piece.Start; at < piece.End; at++)
            {
                if (text.Chars[at] == ' ') text.Put(mark, at, at + 1);
                else text.Keep(at, at + 1);
            }
            pieces.Add(written, text.Written);
        }
        text.Commit();
        pieces.Commit();
        if (settings.Split) Part(pieces, mark);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json) => settings.Write(json);

    // Each mark begins a piece, but for one that another follows: that one begins it.
    private static void Part(TextPieces pieces, string mark)
    {
        foreach (var piece in pieces.All)
        {
            var chars = pieces.Chars(piece);
            var (start, isMark) = (0, false);
            for (var at = 0; at < chars.Length; at += isMark ? mark.Length : 1)
            {
                isMark = chars[at..].StartsWith(mark, StringComparison.Ordinal);
                if (!isMark) continue;
                pieces.Add(piece.Start + start, piece.Start + at);
                start = at;
            }
            pieces.Add(piece.Start + start, piece.End);
        }
        pieces.Commit();
    }
}
