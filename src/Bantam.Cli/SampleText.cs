using System.Text;
using Bantam.Evaluation;
using Bantam.Tokenizers;

namespace Bantam.Cli;

/// <summary>The beginning of a text file, as tokens. Of a long file only as much is read as the tokens need.</summary>
/// <param name="Path">The file.</param>
/// <param name="Ids">Its tokens, without BOS.</param>
/// <param name="Text">The text where all of it was read, or null where the file goes on.</param>
internal sealed record SampleText(string Path, int[] Ids, string? Text)
{
    /// <summary>Whether the file goes on.</summary>
    public bool IsCut => Text is null;

    /// <summary>Reads at most <paramref name="tokens"/> tokens.</summary>
    /// <exception cref="BantamException">No such file (BT1000), fewer than two tokens (BT4002), or not UTF-8 (BT9010).</exception>
    public static SampleText Read(string path, Tokenizer tokenizer, int tokens)
    {
        // Behind so many further tokens, a cut through a word does not show any more.
        const int Margin = 64;
        if (Directory.Exists(path)) throw new BantamException("BT9010", $"{path}: a directory is no text; give a file");
        if (!File.Exists(path)) throw new BantamException("BT1000", $"{path}: no such file");
        using var reader = new StreamReader(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        var text = new StringBuilder();
        for (var chars = 8L * tokens; ; chars *= 2)
        {
            var isAll = Fill(path, reader, text, chars);
            var all = text.ToString();
            var ids = tokenizer.Encode(all, addBos: false, addEos: false);
            if (!isAll && ids.Length < tokens + Margin) continue;
            if (ids.Length < 2) throw new BantamException("BT4002", $"{path}: the text has {ids.Length} tokens, and comparing takes at least two; give one of a few thousand words");
            return ids.Length <= tokens ? new(path, ids, all) : new(path, ids[..tokens], null);
        }
    }

    /// <summary>Cuts it into windows of <paramref name="length"/> tokens.</summary>
    public TextWindows Cut(Tokenizer tokenizer, int length) =>
        Text is null ? TextWindows.FromTokens(tokenizer, [Ids], length) : TextWindows.FromText(tokenizer, Text, length);

    // Up to so many characters in all; whether the file is at its end.
    private static bool Fill(string path, StreamReader reader, StringBuilder text, long chars)
    {
        var buffer = new char[1 << 14];
        while (text.Length < chars)
        {
            int read;
            try
            {
                read = reader.Read(buffer, 0, (int)Math.Min(buffer.Length, chars - text.Length));
            }
            catch (DecoderFallbackException)
            {
                throw new BantamException("BT9010", $"{path}: no text in UTF-8; is it another kind of file?");
            }
            if (read == 0) return true;
            text.Append(buffer, 0, read);
        }
        return reader.Peek() < 0;
    }
}
