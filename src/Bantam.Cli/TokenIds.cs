using System.Globalization;
using System.Text;
using Bantam.Tokenizers;

namespace Bantam.Cli;

/// <summary>Token ids as people and programs write them, and back.</summary>
internal static class TokenIds
{
    /// <summary>Reads ids between spaces, commas, brackets and newlines: <c>1 15043</c>, <c>[1, 15043]</c>.</summary>
    /// <exception cref="BantamException">BT9013: something is no number, or no id of this vocabulary.</exception>
    public static int[] Parse(ReadOnlySpan<char> text, Tokenizer tokenizer)
    {
        var ids = new List<int>();
        foreach (var range in text.SplitAny(" ,\t\r\n[]"))
        {
            var word = text[range];
            if (word.IsEmpty) continue;
            if (!int.TryParse(word, NumberStyles.None, null, out var id) || id >= tokenizer.VocabularySize)
                throw new BantamException("BT9013", $"'{SafeText.OneLine(word.ToString(), 40)}', token {ids.Count} of those to decode, is no id of this vocabulary; ids are 0 to {tokenizer.VocabularySize - 1}");
            ids.Add(id);
        }
        return [.. ids];
    }

    /// <summary>Writes ids in one line with spaces between.</summary>
    public static void Write(TextWriter writer, ReadOnlySpan<int> ids)
    {
        // A console flushes after every write.
        var line = new StringBuilder();
        for (var i = 0; i < ids.Length; i++)
        {
            if (i > 0) line.Append(' ');
            line.Append(ids[i]);
            if (line.Length < 1 << 14) continue;
            writer.Write(line);
            line.Clear();
        }
        writer.WriteLine(line);
    }
}
