using System.Buffers;
using System.Text;

namespace Bantam.Tokenizers;

/// <summary>
/// The printable character that stands for each byte in byte-level BPE (Radford et al. 2019): its own Latin-1 character
/// where that is visible, otherwise the next of U+0100 and up.
/// </summary>
internal static class ByteCharacters
{
    private static readonly char[] Characters = Build();
    // The byte of each character up to the last; −1 where it stands for none.
    private static readonly short[] Bytes = [.. Enumerable.Range(0, Characters.Max() + 1).Select(c => (short)Array.IndexOf(Characters, (char)c))];

    /// <summary>The character of a byte.</summary>
    public static char Of(byte value) => Characters[value];

    /// <summary>Appends the bytes that <paramref name="text"/> stands for; where one character stands for none, the text itself in UTF-8, as Hugging Face's decoder does.</summary>
    public static void Write(string text, IBufferWriter<byte> into)
    {
        var bytes = into.GetSpan(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var value = text[i] < Bytes.Length ? Bytes[text[i]] : -1;
            if (value < 0)
            {
                Encoding.UTF8.GetBytes(text, into);
                return;
            }
            bytes[i] = (byte)value;
        }
        into.Advance(text.Length);
    }

    private static char[] Build()
    {
        var (characters, next) = (new char[256], (char)0x100);
        for (var value = 0; value < 256; value++)
            characters[value] = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? (char)value : next++;
        return characters;
    }
}
