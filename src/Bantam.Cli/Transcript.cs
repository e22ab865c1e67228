using Bantam.Chat;
using Bantam.Formats;

namespace Bantam.Cli;

/// <summary>The file that keeps a conversation.</summary>
internal static class Transcript
{
    /// <summary>Most bytes of a file that is read.</summary>
    public const int MaxBytes = 64 << 20;

    /// <summary>Reads a conversation.</summary>
    /// <exception cref="BantamException">No such file (BT1000), or no conversation (BT5106).</exception>
    public static IReadOnlyList<ChatMessage> Read(string path) => ChatJson.Read(SmallFile.Read(path, MaxBytes, "BT5106"), path);

    /// <summary>Checks, before anything is said, that a conversation may be written there.</summary>
    /// <exception cref="BantamException">A directory, a device, a file that holds something else, or no such folder (BT5109).</exception>
    public static void Check(string path)
    {
        var real = RealPath.Of(path);
        if (Directory.Exists(real)) throw Refuse(path, "a directory; name a file in it");
        if (!Directory.Exists(Path.GetDirectoryName(real))) throw Refuse(path, $"there is no folder {Path.GetDirectoryName(real)}; make it first");
        if (real.StartsWith("/dev/", StringComparison.Ordinal)) throw Refuse(path, "a device; name a file");
        if (!File.Exists(real) || new FileInfo(real).Length == 0) return;
        try
        {
            _ = Read(real);
        }
        catch (BantamException)
        {
            throw Refuse(path, "a file of this name exists and holds no conversation; choose another name");
        }
    }

    /// <summary>Writes a conversation; the file is whole at every moment, and a link to it stays a link.</summary>
    /// <exception cref="BantamException">It cannot be written (BT5109).</exception>
    public static void Write(string path, IEnumerable<ChatMessage> messages)
    {
        try
        {
            AtomicFile.Write(RealPath.Of(path), stream => ChatJson.Write(stream, messages));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Their own words name the part that is written first.
            throw Refuse(path, e switch
            {
                UnauthorizedAccessException => "no permission to write there",
                FileNotFoundException or DirectoryNotFoundException => "no file can be made there",
                _ => e.Message,
            });
        }
    }

    private static BantamException Refuse(string path, string why) => new("BT5109", $"{ModelFileException.Printable(path)}: the conversation cannot be written: {why}");
}
