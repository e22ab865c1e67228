using Bantam.Tensors;

namespace Bantam.Execution;

/// <summary>
/// What a recording pass did, in order: small records with a static backward function each. Gradients are found by the
/// address of the tensor they belong to, so a tied weight collects those of all its uses.
/// </summary>
public sealed unsafe class Tape
{
    private readonly List<TapeRecord> _records = [];
    private readonly Dictionary<nint, Tensor> _gradients = [];
    private readonly HashSet<nint> _parameters = [];

    /// <summary>Asks for the gradient of a parameter; parameters not asked for are frozen.</summary>
    public void Watch(Tensor parameter) => _parameters.Add((nint)parameter.Data);

    /// <summary>Whether the gradient of <paramref name="parameter"/> is wanted.</summary>
    internal bool Watches(Tensor parameter) => _parameters.Contains((nint)parameter.Data);

    /// <summary>Whether nothing has been recorded.</summary>
    internal bool IsEmpty => _records.Count == 0;

    internal void Push(in TapeRecord record) => _records.Add(record);

    /// <summary>The gradient of <paramref name="of"/>, or a tensor that does not exist when nothing flowed to it.</summary>
    public Tensor Gradient(Tensor of) =>
        _gradients.TryGetValue((nint)of.Data, out var gradient) ? gradient.WithShape(of.Shape) : default;

    /// <summary>The gradient that backward functions add to; zeros on first use.</summary>
    internal Tensor Accumulate(Pass pass, Tensor of)
    {
        if (_gradients.TryGetValue((nint)of.Data, out var gradient)) return gradient.WithShape(of.Shape);
        gradient = pass.Zeros(of.Shape);
        _gradients.Add((nint)of.Data, gradient);
        return gradient;
    }

    /// <summary>Runs the records backwards. The gradient of the loss must have been seeded.</summary>
    internal void Replay(Pass pass)
    {
        for (var i = _records.Count - 1; i >= 0; i--)
        {
            var record = _records[i];
            // A value that no loss depends on has no gradient to pass on.
            if (Gradient(record.Output).Exists) record.Backward(pass, record);
        }
    }

    /// <summary>Forgets records and gradients; watched parameters stay.</summary>
    internal void Clear()
    {
        _records.Clear();
        _gradients.Clear();
    }
}

/// <summary>One step of a pass: its output, up to three inputs, and the scalars and settings that its backward function needs.</summary>
internal readonly unsafe struct TapeRecord(
    delegate*<Pass, in TapeRecord, void> backward,
    Tensor output,
    Tensor a,
    Tensor b = default,
    Tensor c = default,
    double scalar = 0,
    int integer = 0,
    Tensor settings = default)
{
    public readonly delegate*<Pass, in TapeRecord, void> Backward = backward;
    public readonly Tensor Output = output;
    public readonly Tensor A = a;
    public readonly Tensor B = b;
    public readonly Tensor C = c;
    public readonly double Scalar = scalar;
    public readonly int Integer = integer;
    public readonly Tensor Settings = settings;
}
