using System.Diagnostics.CodeAnalysis;
using Bantam.Tensors;

namespace Bantam.Formats.Gguf;

/// <summary>
/// An open GGUF model: one file, or all the files of a split model under the metadata of the first. The files are mapped,
/// and tensors are views into the maps. Dispose it when nothing uses its tensors any more.
/// </summary>
public sealed class GgufFile : IDisposable
{
    private readonly List<MappedFile> _maps = [];
    private readonly List<GgufHeader> _parts = [];
    private readonly Dictionary<string, GgufTensorInfo> _index = [];

    private GgufFile(string path)
    {
        Path = path;
        try
        {
            var opened = Map(path);
            if (GgufSplit.Of(opened, path) is { } split)
                MapParts(split);
            Tensors = _parts.Count == 1 ? opened.Tensors : GgufSplit.Join(_parts);
        }
        catch
        {
            Dispose();
            throw;
        }
        foreach (var tensor in Tensors)
            _index.Add(tensor.Name, tensor);
    }

    /// <summary>The path that was opened.</summary>
    public string Path { get; }

    /// <summary>The header of every file, one unless the model is split.</summary>
    public IReadOnlyList<GgufHeader> Parts => _parts;

    /// <summary>Format version of the first file: 2 or 3.</summary>
    public int Version => _parts[0].Version;

    /// <summary>The metadata of the first file.</summary>
    public GgufMetadata Metadata => _parts[0].Metadata;

    /// <summary>Alignment of tensor data in the first file, in bytes.</summary>
    public int Alignment => _parts[0].Alignment;

    /// <summary>Where the data section of the first file begins, in bytes.</summary>
    public long DataOffset => _parts[0].DataOffset;

    /// <summary>Length of all files together, in bytes.</summary>
    public long FileBytes => _maps.Sum(map => map.Length);

    /// <summary>All tensors, in the order of the files.</summary>
    public IReadOnlyList<GgufTensorInfo> Tensors { get; }

    /// <summary>Opens <paramref name="path"/>, and its siblings where it is any part of a split model. Nothing but headers is read.</summary>
    /// <exception cref="ModelFileException">A file breaks a rule of the format (BT1001–BT1035), or the parts do not fit together (BT1046).</exception>
    /// <exception cref="BantamException">There is no such file (BT1000).</exception>
    public static GgufFile Open(string path) => new(path);

    /// <summary>Whether there is a tensor of this name.</summary>
    public bool Contains(string name) => _index.ContainsKey(name);

    /// <summary>Finds the description of a tensor.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out GgufTensorInfo? info) => _index.TryGetValue(name, out info);

    /// <summary>A view of the tensor <paramref name="name"/> in the mapped file; nothing is copied.</summary>
    /// <exception cref="ModelFileException">There is no such tensor (BT1035).</exception>
    public Tensor Tensor(string name) => TryGet(name, out var info)
        ? _maps[info.Part].View(info.DType, info.Shape, _parts[info.Part].DataOffset + info.Offset)
        : throw new ModelFileException("BT1035", Path, $"tensor '{ModelFileException.Printable(name)}'", "missing", "this tensor is required");

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var map in _maps) map.Dispose();
    }

    private unsafe GgufHeader Map(string path)
    {
        var map = new MappedFile(path);
        _maps.Add(map);
        var header = GgufHeader.Read(map.Data, map.Length, path);
        _parts.Add(header);
        return header;
    }

    // The parts are put in their order, whichever of them was opened.
    private void MapParts(GgufSplit split)
    {
        var (opened, header) = (_maps[0], _parts[0]);
        _maps.Clear();
        _parts.Clear();
        for (var i = 0; i < split.Count; i++)
        {
            var path = split.PathOf(i);
            if (path == Path)
            {
                _maps.Add(opened);
                _parts.Add(header);
            }
            else
            {
                Map(path);
            }
        }
    }
}
