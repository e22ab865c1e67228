using Bantam.Tensors;

namespace Bantam.Formats.Safetensors;

/// <summary>A checkpoint in several safetensors files, shown as one set of tensors.</summary>
public sealed class ShardedSafetensors : IDisposable
{
    private readonly List<SafetensorsFile> _files = [];

    private ShardedSafetensors(SafetensorsIndex index) => Index = index;

    /// <summary>Which shard holds which tensor.</summary>
    public SafetensorsIndex Index { get; }

    /// <summary>The shards, in the order of their names.</summary>
    public IReadOnlyList<SafetensorsFile> Files => _files;

    /// <summary>Maps every shard of the index at <paramref name="indexPath"/> and holds it against the index.</summary>
    /// <exception cref="ModelFileException">
    /// A shard's name leaves the directory (BT1059); a shard or tensor is missing, unlisted or there twice (BT1060); or a
    /// shard breaks a rule of the format.
    /// </exception>
    public static ShardedSafetensors Open(string indexPath)
    {
        var sharded = new ShardedSafetensors(SafetensorsIndex.Load(indexPath));
        try
        {
            sharded.OpenShards(indexPath);
            return sharded;
        }
        catch
        {
            sharded.Dispose();
            throw;
        }
    }

    /// <summary>Views of all tensors by name, shard after shard.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors { get; private set; } = new Dictionary<string, Tensor>();

    /// <summary>Unmaps all shards; views of them must not be used afterwards.</summary>
    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }

    private void OpenShards(string indexPath)
    {
        var tensors = new OrderedDictionary<string, Tensor>(StringComparer.Ordinal);
        // All paths first: a checkpoint with one bad name is refused before any of it is mapped.
        var paths = Index.Shards.Select(shard => (Shard: shard, Path: ShardPath.Resolve(indexPath, shard))).ToList();
        foreach (var (shard, path) in paths)
        {
            var file = SafetensorsFile.Open(path);
            _files.Add(file);
            foreach (var tensor in file.Tensors)
            {
                if (!Index.WeightMap.TryGetValue(tensor.Name, out var owner))
                    throw Mismatch(tensor.Name, $"in {shard}", "the index does not list it");
                if (owner != shard)
                    throw Mismatch(tensor.Name, $"in {shard}", $"the index places it in {owner}");
                tensors.Add(tensor.Name, file.View(tensor));
            }
        }
        foreach (var (name, shard) in Index.WeightMap)
        {
            if (!tensors.ContainsKey(name))
                throw Mismatch(name, "missing", $"the index places it in {shard}, which does not have it");
        }
        Tensors = tensors;

        ModelFileException Mismatch(string name, string value, string limit) =>
            new("BT1060", indexPath, $"tensor '{ModelFileException.Printable(name)}'", value, limit);
    }
}
