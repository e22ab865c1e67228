using System.IO.MemoryMappedFiles;

namespace Bantam.Tensors;

/// <summary>A file mapped for reading: weights are used where they lie and never copied.</summary>
public sealed unsafe class MappedFile : Storage
{
    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;

    /// <summary>Maps the regular file at <paramref name="path"/>.</summary>
    /// <exception cref="ModelFileException">It is a directory, a device, a pipe, or empty (BT1001).</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public MappedFile(string path)
    {
        Path = path;
        var target = Target(path);
        // Devices and pipes report a length of 0. They are refused before they are opened: opening a pipe would wait for a writer.
        if (target.Length == 0)
            throw new ModelFileException("BT1001", path, "file length", "0 bytes", "expected a regular file with content; was the download cut off?");

        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        Length = RandomAccess.GetLength(handle);
        _map = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* data = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref data);
        Data = data;
    }

    /// <summary>The path as it was given.</summary>
    public string Path { get; }

    /// <summary>The existing file that <paramref name="path"/> leads to, links followed; it may still be a pipe or a device.</summary>
    internal static FileInfo Target(string path)
    {
        if (Directory.Exists(path))
            throw new ModelFileException("BT1001", path, "path", "a directory", "expected a file");
        var file = new FileInfo(path);
        try
        {
            if (file.LinkTarget is not null)
                file = (FileInfo)file.ResolveLinkTarget(returnFinalTarget: true)!;
        }
        catch (IOException)
        {
            throw new ModelFileException("BT1001", path, "path", "a link to itself", "expected a file");
        }
        return file.Exists ? file : throw new BantamException("BT1000", $"{path}: no such file");
    }

    /// <inheritdoc/>
    protected override void Release()
    {
        if (Data is null) return;
        Data = null;
        _view!.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map!.Dispose();
    }
}
