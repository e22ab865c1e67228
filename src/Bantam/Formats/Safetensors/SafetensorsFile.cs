using Bantam.Tensors;

namespace Bantam.Formats.Safetensors;

/// <summary>A safetensors file, mapped: tensors are views of the file and cost no memory of their own.</summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly MappedFile _map;

    private SafetensorsFile(MappedFile map, SafetensorsHeader header)
    {
        _map = map;
        Header = header;
    }

    /// <summary>The path as it was given.</summary>
    public string Path => _map.Path;

    /// <summary>What the file says about itself.</summary>
    public SafetensorsHeader Header { get; }

    /// <summary>The free-form <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => Header.Metadata;

    /// <summary>All tensors in the order in which they lie in the file.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors => Header.Tensors;

    /// <summary>Maps <paramref name="path"/> and validates its header against its length. Values are not looked at: they may be NaN or infinite.</summary>
    /// <exception cref="ModelFileException">It is no regular file (BT1001), breaks a rule of the format (BT1050 to BT1058), or is a pickle (BT1061).</exception>
    public static SafetensorsFile Open(string path)
    {
        var map = new MappedFile(path);
        try
        {
            var start = new ReadOnlySpan<byte>(map.Data, (int)Math.Min(map.Length, SafetensorsHeader.PrefixBytes + SafetensorsHeader.MaxBytes));
            // A header of 0x280 bytes begins with the bytes of a pickle's PROTO; the '{' after the length tells them apart.
            if (start.Length <= SafetensorsHeader.PrefixBytes || start[SafetensorsHeader.PrefixBytes] != '{')
                PickleGuard.Refuse(path, start);
            return new SafetensorsFile(map, SafetensorsHeader.Parse(start, path, map.Length));
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    /// <summary>A view of the tensor called <paramref name="name"/>, valid until this file is disposed.</summary>
    /// <exception cref="ModelFileException">The file has no such tensor (BT1060).</exception>
    public Tensor Tensor(string name) => Header.TryFind(name, out var tensor)
        ? View(tensor)
        : throw new ModelFileException("BT1060", Path, $"tensor '{ModelFileException.Printable(name)}'", "not there", $"the file has {Tensors.Count} other tensors");

    /// <summary>Unmaps the file; views of it must not be used afterwards.</summary>
    public void Dispose() => _map.Dispose();

    internal Tensor View(SafetensorsTensor tensor) => _map.View(tensor.DType, tensor.Shape, Header.DataStart + tensor.Begin);
}
