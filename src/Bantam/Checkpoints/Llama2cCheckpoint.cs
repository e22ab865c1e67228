using Bantam.Formats.Llama2c;
using Bantam.Models;
using Bantam.Nn;
using Bantam.Ops;

namespace Bantam.Checkpoints;

/// <summary>Opens the checkpoints of llama2.c: float weights of a Llama, without vocabulary or name.</summary>
internal static class Llama2cCheckpoint
{
    public static Checkpoint Open(string path, string? tokenizer)
    {
        var file = Llama2cFile.Open(path);
        try
        {
            return new Checkpoint(path, file)
            {
                Container = "llama2.c",
                Config = Config(file.Header),
                Weights = new Weights(path, file.Tensors),
                Vocabulary = tokenizer is null ? null : Checkpoint.ReadTokenizer(tokenizer, file.Header.VocabSize),
                FileBytes = file.Header.FileLength,
                Name = Path.GetFileNameWithoutExtension(path),
            };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The configuration that a header stands for.</summary>
    public static ModelConfig Config(Llama2cHeader h) => new()
    {
        Architecture = "llama",
        HiddenSize = h.Dim,
        NumHiddenLayers = h.LayerCount,
        NumAttentionHeads = h.HeadCount,
        NumKeyValueHeads = h.KvHeadCount,
        HeadDim = h.HeadDim,
        IntermediateSize = h.HiddenDim,
        VocabSize = h.VocabSize,
        MaxPositionEmbeddings = h.SequenceLength,
        // The format stores neither; its programs use these.
        NormEps = 1e-5f,
        RopeTheta = 10000f,
        RopePairing = RopePairing.Interleaved,
        TieWordEmbeddings = h.TiedHead,
        BosTokenId = 1,
        EosTokenIds = [2],
    };
}
