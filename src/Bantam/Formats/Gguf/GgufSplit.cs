using System.Text.RegularExpressions;

namespace Bantam.Formats.Gguf;

/// <summary>
/// A model in several files, as gguf-split of llama.cpp writes them: <c>name-00001-of-00003.gguf</c>, each with
/// <c>split.no</c> (from 0), <c>split.count</c> and <c>split.tensors.count</c> (of the whole model).
/// </summary>
internal sealed partial class GgufSplit
{
    public const string NumberKey = "split.no";
    public const string CountKey = "split.count";
    public const string TensorsKey = "split.tensors.count";

    private const string Code = "BT1046";
    private const int MaxParts = 99_999;

    private readonly string _prefix;

    private GgufSplit(string prefix, int count)
    {
        _prefix = prefix;
        Count = count;
    }

    /// <summary>How many files.</summary>
    public int Count { get; }

    /// <summary>The split that a file belongs to; null where it stands alone. (Merging tools leave a count of 0 behind.)</summary>
    public static GgufSplit? Of(GgufHeader header, string path)
    {
        if (header.Metadata.GetLong(CountKey, 0) is 0 or 1) return null;
        var (number, count) = Place(header);
        var name = Path.GetFileName(path);
        var suffix = PartSuffix().Match(name);
        if (!suffix.Success || suffix.Value != Suffix(number, count))
            throw new ModelFileException(Code, path, "file name", name, $"its metadata says that it ends in {Suffix(number, count)}, which is how its siblings are found");
        return new GgufSplit(path[..^suffix.Length], count);
    }

    /// <summary>The path of part <paramref name="index"/>, from 0.</summary>
    /// <exception cref="ModelFileException">It is not there (BT1046).</exception>
    public string PathOf(int index)
    {
        var path = _prefix + Suffix(index, Count);
        return File.Exists(path)
            ? path
            : throw new ModelFileException(Code, path, $"part {index + 1} of {Count}", "missing", $"all {Count} files must lie in one folder");
    }

    /// <summary>Joins the tensors of all parts, in the order of the parts.</summary>
    /// <exception cref="ModelFileException">A part is out of place, a tensor is in two parts, or some are in none (BT1046).</exception>
    public static List<GgufTensorInfo> Join(IReadOnlyList<GgufHeader> parts)
    {
        var joined = new List<GgufTensorInfo>();
        var owners = new Dictionary<string, string>();
        for (var i = 0; i < parts.Count; i++)
        {
            var (number, count) = Place(parts[i]);
            if (count != parts.Count)
                throw Refuse(parts[i], CountKey, count, $"the other parts say {parts.Count}");
            if (number != i)
                throw Refuse(parts[i], NumberKey, number, $"by its name this is part {i}");
            foreach (var tensor in parts[i].Tensors)
            {
                if (!owners.TryAdd(tensor.Name, parts[i].File))
                    throw new ModelFileException(Code, parts[i].File, $"tensor '{ModelFileException.Printable(tensor.Name)}'", "repeated", $"{Path.GetFileName(owners[tensor.Name])} has it too");
                joined.Add(tensor with { Part = i });
            }
        }
        foreach (var part in parts)
        {
            var tensors = part.Metadata.GetLong(TensorsKey, joined.Count);
            if (tensors != joined.Count)
                throw Refuse(part, TensorsKey, tensors, $"the {parts.Count} parts hold {joined.Count}");
        }
        return joined;
    }

    private static (int Number, int Count) Place(GgufHeader header)
    {
        var count = header.Metadata.GetLong(CountKey, 0);
        if (count is < 1 or > MaxParts)
            throw Refuse(header, CountKey, count, $"must be 1 to {MaxParts}");
        var number = header.Metadata.GetLong(NumberKey, -1);
        if (number < 0 || number >= count)
            throw Refuse(header, NumberKey, number, $"must be 0 to {count - 1}");
        return ((int)number, (int)count);
    }

    private static ModelFileException Refuse(GgufHeader header, string key, long value, string limit) =>
        new(Code, header.File, $"metadata '{key}'", $"{value}", limit);

    private static string Suffix(int index, int count) => $"-{index + 1:D5}-of-{count:D5}.gguf";

    [GeneratedRegex(@"-[0-9]{5}-of-[0-9]{5}\.gguf\z", RegexOptions.CultureInvariant)]
    private static partial Regex PartSuffix();
}
