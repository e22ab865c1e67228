using System.Text;
using Bantam.Tokenizers;
using Spectre.Console;

namespace Bantam.Cli;

/// <summary>Tokens for people: the text in the colours of its tokens where there are colours, and a table.</summary>
internal static class TokenizeText
{
    // What is longer is no longer looked at.
    private const int MostColoured = 20_000;

    // Dark enough for white letters, and different for everyone who tells light from dark.
    private static readonly Style[] Backgrounds = [new(Color.White, Color.Navy), new(Color.White, Color.Green), new(Color.White, Color.Maroon), new(Color.White, Color.Purple)];

    public static void Write(CliOutput output, TokenizedFile file, CancellationToken cancel)
    {
        if (output.HasColours && file.Text.Length is > 0 and <= MostColoured)
        {
            output.Write(Coloured(file.Text, file.Tokens.Spans), wrap: false);
            output.Line();
        }
        if (file.Tokens.Ids.Length > 0) Table(output, file, cancel);
        output.Line();
        output.PlainLine(Summary(file));
    }

    private static string Summary(TokenizedFile file)
    {
        var (tokens, characters) = (file.Tokens.Ids.Length, file.Characters);
        var rate = tokens > 0 && characters > 0 ? $"; {Tables.Digits((double)characters / tokens)} characters per token" : "";
        return $"{Tables.Count(tokens, "token")} for {Tables.Count(characters, "character")} ({Tables.Count(file.Bytes, "byte")} in UTF-8){rate}";
    }

    // Each token in the next colour; those that share characters, as the bytes of one do, in one.
    private static Paragraph Coloured(string text, TokenSpan[] spans)
    {
        var (paragraph, shown, colour) = (new Paragraph(), 0, 0);
        foreach (var span in spans)
        {
            if (span.End <= shown) continue;
            var start = Math.Max(span.Start, shown);
            if (start > shown) paragraph.Append(SafeText.Lines(text[shown..start]));
            paragraph.Append(SafeText.Lines(text[start..span.End]), Backgrounds[colour++ % Backgrounds.Length]);
            shown = span.End;
        }
        return paragraph.Append(SafeText.Lines(text[shown..]));
    }

    // Line by line, because a book has a million of them; the piece comes last, for nobody knows how wide its letters are.
    private static void Table(CliOutput output, TokenizedFile file, CancellationToken cancel)
    {
        var (tokenizer, ids, spans) = (file.Source.Tokenizer, file.Tokens.Ids, file.Tokens.Spans);
        var types = tokenizer.Vocabulary.Types;
        string[] heads = ["Token", "Id", "Start", "Length"];
        int[] most = [ids.Length - 1, ids.Max(), spans.Max(s => s.Start), spans.Max(s => s.Length)];
        var widths = heads.Zip(most, (head, number) => Math.Max(head.Length, $"{number}".Length)).ToArray();
        var typeWidth = Math.Max(4, ids.Max(id => types[id].Name().Length));
        output.PlainLine($"  {string.Join("  ", heads.Zip(widths, (head, width) => head.PadLeft(width)))}  {"Type".PadRight(typeWidth)}  Piece");
        var lines = new StringBuilder();
        for (var i = 0; i < ids.Length; i++)
        {
            foreach (var (number, width) in new[] { i, ids[i], spans[i].Start, spans[i].Length }.Zip(widths)) lines.Append("  ").Append($"{number}".PadLeft(width));
            lines.Append("  ").Append(types[ids[i]].Name().PadRight(typeWidth)).Append("  ").Append(PieceText.Of(tokenizer, ids[i]));
            if (i < ids.Length - 1 && lines.Length < 1 << 14)
            {
                lines.Append(output.Standard.NewLine);
                continue;
            }
            cancel.ThrowIfCancellationRequested();
            output.PlainLine(lines.ToString());
            lines.Clear();
        }
    }
}
