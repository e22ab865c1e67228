namespace Bantam.Formats;

/// <summary>
/// Writes beside the target and renames when all is written: a full disk or Ctrl-C never leaves half a file, and a
/// mapped reader of the old file keeps its bytes.
/// </summary>
public static class AtomicFile
{
    /// <summary>Lets <paramref name="write"/> fill <paramref name="path"/>; on any exception the target is untouched and the part removed.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        var part = $"{path}.{Environment.ProcessId}.part";
        try
        {
            using (var stream = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(part, path, overwrite: true);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }
}
