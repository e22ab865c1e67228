using Bantam.Checkpoints;
using Bantam.Models;
using Bantam.Nn;
using Bantam.Tensors;

namespace Bantam.Compression;

/// <summary>
/// A checkpoint whose linears lie <c>[out, in]</c>, as in the file that is to be written: formats cut rows of inputs into blocks.
/// GPT-2's directories have them the other way; such linears are turned in memory, in their own type.
/// </summary>
internal sealed unsafe class OutputFirst : IDisposable
{
    private readonly List<IDisposable> _copies = [];
    private readonly Checkpoint _checkpoint;
    private readonly ModelConfig _config;

    public OutputFirst(Checkpoint checkpoint)
    {
        (_checkpoint, _config, Weights) = (checkpoint, checkpoint.Config with { InputFirstLinears = false }, checkpoint.Weights);
        if (!checkpoint.Config.InputFirstLinears) return;
        // Refuses tensors that are missing, or of another shape or type than a linear that lies so can have.
        _ = checkpoint.CreateModel();
        var turned = new Dictionary<string, Tensor>();
        foreach (var spec in Architectures.Of(checkpoint.Config).Layout(checkpoint.Config).Where(s => s.InputFirst))
            turned[spec.Name] = Turned(checkpoint.Weights.All[spec.Name]);
        Weights = checkpoint.Weights.With(turned);
    }

    public Weights Weights { get; }

    public CausalLm CreateModel(Weights weights) => _checkpoint.CreateModel(_config, weights);

    public void Dispose() => _copies.ForEach(c => c.Dispose());

    private Tensor Turned(Tensor tensor)
    {
        var copy = new NativeStorage(tensor.Bytes, clear: false);
        _copies.Add(copy);
        var turned = copy.View(tensor.DType, new Shape(tensor.Shape[1], tensor.Shape[0]));
        var (rows, columns) = (tensor.Shape[0], tensor.Shape[1]);
        if (tensor.DType == DType.F64) Turn((double*)tensor.Data, (double*)turned.Data, rows, columns);
        else if (tensor.DType == DType.F32) Turn((float*)tensor.Data, (float*)turned.Data, rows, columns);
        else Turn((ushort*)tensor.Data, (ushort*)turned.Data, rows, columns);
        return turned;
    }

    // In squares, whose lines stay in the cache both ways.
    private static void Turn<T>(T* from, T* to, long rows, long columns)
        where T : unmanaged
    {
        const long Side = 32;
        for (long r0 = 0; r0 < rows; r0 += Side)
            for (long c0 = 0; c0 < columns; c0 += Side)
                for (var r = r0; r < Math.Min(r0 + Side, rows); r++)
                    for (var c = c0; c < Math.Min(c0 + Side, columns); c++)
                        to[(c * rows) + r] = from[(r * columns) + c];
    }
}
