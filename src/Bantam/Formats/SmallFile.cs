using Bantam.Tensors;

namespace Bantam.Formats;

/// <summary>Reads files that are small by nature (configurations, indexes, vocabularies) whole, up to a stated limit.</summary>
internal static class SmallFile
{
    /// <summary>The content of the regular file at <paramref name="path"/>; refused under <paramref name="code"/> when empty or longer than <paramref name="maxBytes"/>.</summary>
    public static byte[] Read(string path, long maxBytes, string code)
    {
        // Pipes and devices report a length of 0; opening a pipe would wait for a writer, so the length is asked first.
        if (MappedFile.Target(path).Length == 0)
            throw new ModelFileException(code, path, "file length", "0 bytes", "expected a regular file with content");

        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        var length = RandomAccess.GetLength(handle);
        if (length > maxBytes)
            throw new ModelFileException(code, path, "file length", $"{length} bytes", $"at most {maxBytes} bytes are read");
        var bytes = new byte[length];
        var read = 0;
        while (read < bytes.Length)
        {
            var n = RandomAccess.Read(handle, bytes.AsSpan(read), read);
            if (n == 0)
                throw new ModelFileException(code, path, "file length", $"{read} bytes", $"it had {length} bytes when it was opened");
            read += n;
        }
        return bytes;
    }
}
