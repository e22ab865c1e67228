using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>Whitespace</c>: words, and what stands between words and white space (<c>\w+|[^\w\s]+</c>).</summary>
internal sealed class WordPreTokenizer : PreTokenizerStep
{
    /// <inheritdoc/>
    public override void Apply(TextPieces pieces)
    {
        foreach (var piece in pieces.All)
        {
            var (start, kind) = (0, ' ');
            var chars = pieces.Chars(piece);
            for (var at = 0; at < chars.Length;)
            {
                var point = CodePoints.At(chars, at, out var length);
                var next = CharacterClasses.IsWord(point) ? 'w' : CharacterClasses.IsSpace(point) ? ' ' : 'o';
                if (next != kind)
                {
                    if (kind != ' ') pieces.Add(piece.Start + start, piece.Start + at);
                    (start, kind) = (at, next);
                }
                at += length;
            }
            if (kind != ' ') pieces.Add(piece.Start + start, piece.End);
        }
        pieces.Commit();
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json) => json.Bare("Whitespace");
}
