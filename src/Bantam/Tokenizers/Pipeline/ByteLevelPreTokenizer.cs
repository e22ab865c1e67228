using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>ByteLevel</c>: GPT-2's words, whose bytes become the characters that stand for them (Radford et al. 2019).</summary>
internal sealed class ByteLevelPreTokenizer(ByteLevelSettings settings) : PreTokenizerStep
{
    private readonly Gpt2Words _words = new();

    /// <summary>The settings.</summary>
    public ByteLevelSettings Settings => settings;

    /// <inheritdoc/>
    public override void Apply(TextPieces pieces)
    {
        var text = pieces.Text;
        if (settings.AddPrefixSpace)
        {
            text.Begin();
            foreach (var piece in pieces.All)
            {
                var written = text.Written;
                CodePoints.At(text.Chars, piece.Start, out var first);
                if (text.Chars[piece.Start] != ' ') text.Put(' ', piece.Start, piece.Start + first);
                text.Keep(piece.Start, piece.End);
                pieces.Add(written, text.Written);
            }
            text.Commit();
            pieces.Commit();
        }
        if (settings.UseRegex)
        {
            foreach (var piece in pieces.All)
            {
                var chars = pieces.Chars(piece);
                for (var at = 0; at < chars.Length;)
                {
                    var end = _words.End(chars, at, ref pieces.Steps);
                    pieces.Add(piece.Start + at, piece.Start + end);
                    at = end;
                }
            }
            pieces.Commit();
        }
        text.Begin();
        foreach (var piece in pieces.All)
        {
            var written = text.Written;
            ByteLevelNormalizer.Put(text, piece.Start, piece.End);
            pieces.Add(written, text.Written);
        }
        text.Commit();
        pieces.Commit();
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json) => settings.Write(json);
}
