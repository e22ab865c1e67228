using Bantam.Execution;
using Bantam.Nn;
using Bantam.Tensors;

namespace Bantam.Models;

/// <summary>One layer of a checkpoint: loads the parts of a block by their names in it.</summary>
internal readonly record struct LayerWeights(ModelConfig Config, Weights Weights, int Number)
{
    /// <summary>How many tokens the layer looks back on, itself included; 0 for all.</summary>
    public int Window => Config.WindowOfLayer(Number) ?? 0;

    /// <summary>The path of a part: <c>mlp</c> → <c>model.layers.3.mlp</c>.</summary>
    public string Path(string part) => $"model.layers.{Number}.{part}";

    /// <summary>A norm over the hidden width, or over a head's where <paramref name="width"/> says so.</summary>
    public RmsNorm Norm(string name, int? width = null) => new(Weights, Path(name), width ?? Config.HiddenSize, Config.NormEps, Config.UnitOffsetNorms);

    /// <summary>The linear at <paramref name="name"/>.</summary>
    public Linear Linear(string name, int outputs, int inputs, bool bias = false) => new(Weights, Path(name), outputs, inputs, bias);

    /// <summary>The dense network at <c>mlp</c>.</summary>
    public GatedFeedForward Dense(Func<Pass, Tensor, Tensor, Tensor> glu) =>
        new(Weights, Path("mlp"), Config.HiddenSize, Config.IntermediateSize, glu, Config.MlpBias);

    /// <summary>The mixture at <paramref name="path"/>, whose experts call their linears <paramref name="names"/>.</summary>
    public SparseFeedForward Sparse(string path, Func<Pass, Tensor, Tensor, Tensor> glu, (string Gate, string Up, string Down)? names = null)
    {
        var experts = new GatedFeedForward[Config.NumExperts];
        for (var e = 0; e < experts.Length; e++)
            experts[e] = new GatedFeedForward(Weights, Path($"{path}.experts.{e}"), Config.HiddenSize, Config.MoeIntermediateSize, glu, names: names);
        return new SparseFeedForward(Weights, Path($"{path}.gate"), Config.HiddenSize, experts, Config.NumExpertsPerToken, Config.NormTopKProb);
    }
}
