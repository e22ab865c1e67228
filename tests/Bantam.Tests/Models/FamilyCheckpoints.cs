using Bantam.Checkpoints;
using Bantam.Models;
using Bantam.Tensors;
using Bantam.Tokenizers;

namespace Bantam.Tests.Models;

/// <summary>The checkpoints of <see cref="FamilyShapes"/> as if a directory had been opened.</summary>
internal static class FamilyCheckpoints
{
    /// <summary>A checkpoint of <see cref="FamilyShapes.Weights"/>; with the least vocabulary that llama.cpp takes where one is asked for, which no tokenizer.model can hold.</summary>
    public static Checkpoint Create(ModelConfig config, DType type, ulong seed, bool vocabulary = false) => new("families", new Nothing())
    {
        Container = "memory",
        Config = config,
        Weights = FamilyShapes.Weights(config, type, seed),
        FileBytes = 0,
        Vocabulary = !vocabulary ? null : new Vocabulary
        {
            Source = "families",
            Pieces = [.. Enumerable.Range(0, config.VocabSize).Select(Piece)],
            Scores = [.. Enumerable.Range(0, config.VocabSize).Select(i => (float)-i)],
            Types = [.. Enumerable.Range(0, config.VocabSize).Select(i => i switch { 0 => TokenType.Unknown, 1 or 2 => TokenType.Control, 3 => TokenType.Byte, _ => TokenType.Normal })],
            BosId = 1,
            EosIds = [2],
            UnkId = 0,
        },
    };

    private static string Piece(int id) => id switch { 0 => "<unk>", 1 => "<s>", 2 => "</s>", 3 => "<0x0A>", _ => $"word{id}" };

    private sealed class Nothing : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
