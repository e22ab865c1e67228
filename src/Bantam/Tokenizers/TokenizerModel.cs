namespace Bantam.Tokenizers;

/// <summary>A file that is called <c>tokenizer.model</c>: SentencePiece's, or what Llama 3 gave that name to.</summary>
internal static class TokenizerModel
{
    /// <summary>Reads the file with the tokens that were added to it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="added">The added tokens; a rank list has its published special tokens where there are none.</param>
    /// <exception cref="ModelFileException">See <see cref="SentencePieceModel.Read"/>, <see cref="RankList"/> and <see cref="AddedToken.AddTo"/>.</exception>
    public static Vocabulary Load(string path, IReadOnlyCollection<AddedToken> added)
    {
        var content = SentencePieceModel.Content(path);
        return RankList.IsOne(content) ? RankList.Read(content, path, added) : AddedToken.AddTo(SentencePieceModel.Read(content, path), added, path);
    }
}
