using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Nn;

/// <summary>
/// A checkpoint addressed by path, under Hugging Face names: <c>model.layers.0.self_attn.q_proj.weight</c>. Tensors stay
/// where they are; only norms (one dimension) are copied, to F32. What a model asks for and does not find, finds in
/// another shape, or leaves over is named.
/// </summary>
public sealed unsafe class Weights
{
    private readonly IReadOnlyDictionary<string, Tensor> _tensors;
    private readonly HashSet<string> _taken = [];

    /// <summary>Addresses <paramref name="tensors"/>; <paramref name="source"/> names their file in errors.</summary>
    public Weights(string source, IReadOnlyDictionary<string, Tensor> tensors) => (Source, _tensors) = (source, tensors);

    /// <summary>The file that the tensors come from.</summary>
    public string Source { get; }

    /// <summary>All tensors by path.</summary>
    public IReadOnlyDictionary<string, Tensor> All => _tensors;

    /// <summary>Bytes of all tensors.</summary>
    public long Bytes => _tensors.Values.Sum(t => t.Bytes);

    /// <summary>Whether there is a tensor at <paramref name="path"/>.</summary>
    public bool Has(string path) => _tensors.ContainsKey(path);

    /// <summary>The same checkpoint with some tensors exchanged: how a shrunken tensor is tried out.</summary>
    public Weights With(IReadOnlyDictionary<string, Tensor> replacements)
    {
        var merged = new Dictionary<string, Tensor>(_tensors);
        foreach (var (path, tensor) in replacements) merged[path] = tensor;
        return new Weights(Source, merged);
    }

    /// <summary>The matrix at <paramref name="path"/>, in whatever format it is stored.</summary>
    /// <exception cref="BantamException">Missing (BT2103), of another shape (BT2104), or of a format that does not run (BT2101).</exception>
    public Tensor Matrix(string path, long rows, long columns)
    {
        var tensor = Take(path, new Shape(rows, columns));
        if (tensor.DType != DType.F64) _ = Format(path, tensor);
        return tensor;
    }

    /// <summary>The vector at <paramref name="path"/>, as F32.</summary>
    /// <exception cref="BantamException">Missing (BT2103), of another shape (BT2104), or of a format that does not run (BT2101).</exception>
    public Tensor Vector(string path, long length)
    {
        var tensor = Take(path, new Shape(length));
        if (tensor.DType == DType.F32 || tensor.DType == DType.F64) return tensor;
        var copy = new NativeStorage(length * 4).View(DType.F32, new Shape(length));
        Format(path, tensor).Unpack(tensor.Data, (float*)copy.Data, length);
        return copy;
    }

    /// <summary>Refuses tensors that no part of the model took: a model that ignores some of its weights computes something else.</summary>
    /// <exception cref="BantamException">Some are left over (BT2105).</exception>
    public void RefuseLeftovers()
    {
        var left = _tensors.Keys.Where(k => !_taken.Contains(k)).Order(StringComparer.Ordinal).ToList();
        if (left.Count > 0)
            throw new BantamException("BT2105", $"{Source}: the architecture has no place for {left.Count} of the tensors, the first is '{ModelFileException.Printable(left[0])}' {_tensors[left[0]]}; running without it would compute another model");
    }

    private BlockFormat Format(string path, Tensor tensor) => BlockFormats.TryOf(tensor.DType, out var format)
        ? format
        : throw new BantamException("BT2101", $"{Source}: tensor '{path}' is {tensor.DType}, which can be inspected and sized but not run yet; formats that run: {BlockFormats.Names}");

    private Tensor Take(string path, Shape shape)
    {
        if (!_tensors.TryGetValue(path, out var tensor))
            throw new BantamException("BT2103", $"{Source}: tensor '{path}' {shape} is missing");
        if (tensor.Shape != shape)
            throw new BantamException("BT2104", $"{Source}: tensor '{path}' is {tensor.Shape} but the configuration says {shape}");
        _taken.Add(path);
        return tensor;
    }
}
