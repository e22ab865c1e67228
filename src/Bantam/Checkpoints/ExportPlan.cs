using Bantam.Formats.Gguf;
using Bantam.Models;
using Bantam.Tensors;

namespace Bantam.Checkpoints;

/// <summary>Which tensors a container gets from a checkpoint, under which names, and what changes on the way.</summary>
internal static class ExportPlan
{
    /// <summary>The configuration of the same model in a GGUF file: how its tensors lie there.</summary>
    public static ModelConfig InGguf(ModelConfig config) => config with
    {
        RopePairing = GgufConfigWriter.ArchitectureOf(config) is "llama" or "smollm3" ? Ops.RopePairing.Interleaved : Ops.RopePairing.Halves,
        UnitOffsetNorms = false,
        InputFirstLinears = false,
    };

    /// <summary>The configuration of the same model in a Hugging Face directory.</summary>
    public static ModelConfig InDirectory(ModelConfig config) => config with
    {
        RopePairing = Ops.RopePairing.Halves,
        UnitOffsetNorms = config.Architecture is "gemma" or "gemma2" or "gemma3_text",
        InputFirstLinears = config.Architecture == "gpt2",
    };

    /// <summary>The tensors of a GGUF file: experts stacked, vectors in F32 as llama.cpp wants them.</summary>
    /// <exception cref="BantamException">A tensor is missing, of another shape or left over (BT2103 to BT2105), has no name (BT2108), or experts of one stack differ in type (BT2110).</exception>
    public static List<ExportedTensor> ForGguf(Checkpoint checkpoint, Func<string, Tensor, DType> typeOf)
    {
        var names = GgufNames.For(checkpoint.Config.Architecture);
        var target = InGguf(checkpoint.Config);
        var stacks = new Dictionary<string, List<(int Expert, string Path, Tensor Tensor)>>();
        var plan = new List<ExportedTensor>();
        foreach (var spec in Checked(checkpoint))
        {
            var tensor = checkpoint.Weights.All[spec.Name];
            if (names.ToStack(spec.Name) is var (stack, expert))
            {
                if (stacks.TryGetValue(stack, out var experts)) experts.Add((expert, spec.Name, tensor));
                else
                {
                    stacks[stack] = [(expert, spec.Name, tensor)];
                    // Its place in the file; what it is made of is known when all experts have been seen.
                    plan.Add(new(stack, DType.F32, default, []));
                }
                continue;
            }
            var name = names.ToGguf(spec.Name) ?? throw new BantamException("BT2108", $"{checkpoint.Path}: tensor '{spec.Name}' has no name in GGUF files of this family");
            plan.Add(Of(checkpoint, target, spec, name, tensor.Shape.Rank == 1 ? DType.F32 : typeOf(spec.Name, tensor)));
        }
        return [.. plan.Select(t => stacks.TryGetValue(t.Name, out var experts) ? Stacked(checkpoint, t.Name, [.. experts.OrderBy(e => e.Expert)], typeOf) : t)];
    }

    /// <summary>The tensors of a Hugging Face directory.</summary>
    /// <exception cref="BantamException">A tensor is missing, of another shape or left over (BT2103 to BT2105).</exception>
    public static List<ExportedTensor> ForDirectory(Checkpoint checkpoint, Func<string, Tensor, DType> typeOf)
    {
        var target = InDirectory(checkpoint.Config);
        return [.. Checked(checkpoint).Select(spec => Of(checkpoint, target, spec, spec.Name, typeOf(spec.Name, checkpoint.Weights.All[spec.Name])))];
    }

    private static ExportedTensor Of(Checkpoint checkpoint, ModelConfig target, TensorSpec spec, string name, DType type)
    {
        var (tensor, config) = (checkpoint.Weights.All[spec.Name], checkpoint.Config);
        var linear = spec.Role is TensorRole.Attention or TensorRole.FeedForward;
        var transposed = linear && config.InputFirstLinears != target.InputFirstLinears;
        var shape = transposed ? new Shape(tensor.Shape[1], tensor.Shape[0]) : tensor.Shape;
        if (shape.Columns % type.BlockSize != 0)
            throw new BantamException("BT2107", $"{checkpoint.Path}: rows of '{spec.Name}' have {shape.Columns} elements, which do not divide into {type} blocks of {type.BlockSize}; F16 fits any row");
        return new(name, type, shape, [tensor])
        {
            Rows = RopeRows.Map(spec.Name, config, config.RopePairing, target.RopePairing),
            Transposed = transposed,
            Added = spec.Role == TensorRole.Norm ? (config.UnitOffsetNorms ? 1 : 0) - (target.UnitOffsetNorms ? 1 : 0) : 0,
        };
    }

    private static ExportedTensor Stacked(Checkpoint checkpoint, string name, List<(int Expert, string Path, Tensor Tensor)> experts, Func<string, Tensor, DType> typeOf)
    {
        var types = experts.ConvertAll(e => typeOf(e.Path, e.Tensor));
        if (types.FindIndex(t => t != types[0]) is > 0 and var other)
            throw new BantamException("BT2110", $"{checkpoint.Path}: '{experts[other].Path}' would be {types[other]} and '{experts[0].Path}' {types[0]}; a GGUF file has the experts of a layer in one tensor of one type");
        var shape = experts[0].Tensor.Shape;
        return new(name, types[0], new Shape(experts.Count, shape[0], shape[1]), experts.ConvertAll(e => e.Tensor));
    }

    // A container says what the configuration says; tensors that it does not speak of, or that are not there, make another model.
    private static IEnumerable<TensorSpec> Checked(Checkpoint checkpoint)
    {
        var weights = checkpoint.Weights.All;
        var specs = Architectures.Of(checkpoint.Config).Layout(checkpoint.Config).ToDictionary(t => t.Name);
        foreach (var spec in specs.Values)
        {
            if (!weights.TryGetValue(spec.Name, out var tensor))
                throw new BantamException("BT2103", $"{checkpoint.Path}: tensor '{spec.Name}' {spec.Shape} is missing");
            if (tensor.Shape != spec.Shape)
                throw new BantamException("BT2104", $"{checkpoint.Path}: tensor '{spec.Name}' is {tensor.Shape} but the configuration says {spec.Shape}");
        }
        if (weights.Keys.Where(name => !specs.ContainsKey(name)).Order(StringComparer.Ordinal).FirstOrDefault() is { } left)
            throw new BantamException("BT2105", $"{checkpoint.Path}: the configuration has no place for the tensor '{ModelFileException.Printable(left)}' {weights[left]}; a file without it would be another model");
        return weights.Keys.Select(name => specs[name]);
    }
}
