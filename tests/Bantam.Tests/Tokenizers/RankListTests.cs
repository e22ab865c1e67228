using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

public class RankListTests
{
    [Fact]
    public void Llama_3s_ranks_give_the_merges_of_its_published_list()
    {
        var vocabulary = RankList.Load(SharedData.Path("tokenizers", "llama3", "tokenizer.model"));
        var lines = File.ReadAllLines(SharedData.Path("tokenizers", "llama3", "merges.txt"));
        Assert.Equal(lines, vocabulary.Merges.Select(merge => $"{vocabulary.Pieces[merge.Left]} {vocabulary.Pieces[merge.Right]}"));
        Assert.Equal(128256, vocabulary.Count);
    }
}
