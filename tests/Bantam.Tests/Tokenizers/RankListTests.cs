using System.Text;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

public class RankListTests
{
    private static readonly Lazy<Vocabulary> Llama3 = new(() => SentencePieceModel.Load(SharedData.Path("tokenizers", "llama3", "tokenizer.model")));

    [Fact]
    public void Llama_3s_ranks_give_the_merges_of_its_published_list()
    {
        var vocabulary = Llama3.Value;
        var lines = File.ReadAllLines(SharedData.Path("tokenizers", "llama3", "merges.txt"));
        Assert.Equal(lines, vocabulary.Merges.Select(merge => $"{vocabulary.Pieces[merge.Left]} {vocabulary.Pieces[merge.Right]}"));
    }

    [Fact]
    public void Ids_equal_the_conformance_vectors_of_llama_cpp()
    {
        var tokenizer = Tokenizer.Create(Llama3.Value);
        var texts = File.ReadAllText(SharedData.Path("gguf_vocab", "ggml-vocab-llama-bpe.gguf.inp")).Split("\n__ggml_vocab_test__\n");
        var lines = File.ReadAllLines(SharedData.Path("gguf_vocab", "ggml-vocab-llama-bpe.gguf.out"));
        Assert.True(lines.Length >= 46);
        for (var i = 0; i < lines.Length; i++)
            Assert.Equal((texts[i], lines[i].Trim()), (texts[i], string.Join(' ', tokenizer.Encode(texts[i], addBos: false))));
    }

    [Theory]
    [InlineData(128000, "<|begin_of_text|>")]
    [InlineData(128001, "<|end_of_text|>")]
    [InlineData(128004, "<|finetune_right_pad_id|>")]
    [InlineData(128006, "<|start_header_id|>")]
    [InlineData(128009, "<|eot_id|>")]
    [InlineData(128010, "<|python_tag|>")]
    [InlineData(128011, "<|reserved_special_token_3|>")]
    [InlineData(128255, "<|reserved_special_token_247|>")]
    public void Llama_3_has_its_special_tokens(int id, string text)
    {
        Assert.Equal((text, TokenType.Control, 128256), (Llama3.Value.Pieces[id], Llama3.Value.Types[id], Llama3.Value.Count));
        Assert.Equal([id], Tokenizer.Create(Llama3.Value).Encode(text, addBos: false, parseSpecial: true));
    }

    [Fact]
    public void A_directorys_own_names_take_the_place_of_the_published_ones()
    {
        var content = File.ReadAllBytes(SharedData.Path("tokenizers", "llama3", "tokenizer.model"));
        var read = RankList.Read(content, "tokenizer.model", [new AddedToken(128005, "<|reserved_special_token_3|>", Special: true), new AddedToken(128011, "<|image|>", Special: true)]);
        Assert.Equal(("<|reserved_special_token_3|>", "<|image|>", "<|eot_id|>"), (read.Pieces[128005], read.Pieces[128011], read.Pieces[128009]));
    }

    public static TheoryData<string, string, string, string> Bad => new()
    {
        { "unknown list", "BT1045", "IQ== 0\nIg== 1\n", "own.tiktoken" },
        { "known name, other ranks", "BT1045", "IQ== 0\nIg== 1\n", "cl100k_base.tiktoken" },
        { "no ranks", "BT1040", "\n\n", "own.tiktoken" },
        { "no base64", "BT1092", "IQ== 0\nI!== 1\n", "own.tiktoken" },
        { "no rank", "BT1092", "IQ== 0\nIg==\n", "own.tiktoken" },
        { "rank with a sign", "BT1092", "IQ== 0\nIg== -1\n", "own.tiktoken" },
        { "rank too large for 32 bits", "BT1092", "IQ== 0\nIg== 4294967296\n", "own.tiktoken" },
        { "rank far away", "BT1092", "IQ== 0\nIg== 1000000\n", "own.tiktoken" },
        { "rank beyond all", "BT1092", "IQ== 0\nIg== 2097152\n", "own.tiktoken" },
        { "rank twice", "BT1092", "IQ== 0\nIg== 0\n", "own.tiktoken" },
        { "token twice", "BT1092", "IQ== 0\nIQ== 1\n", "own.tiktoken" },
        { "empty token", "BT1092", "IQ== 0\n 1\n", "own.tiktoken" },
        { "token that is too long", "BT1092", $"IQ== 0\n{Convert.ToBase64String(new byte[2000])} 1\n", "own.tiktoken" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_bad_list_is_refused(string name, string code, string content, string file)
    {
        var refusal = Assert.Throws<ModelFileException>(() => RankList.Read(Encoding.ASCII.GetBytes(content), file));
        Assert.Equal((name, code), (name, refusal.Code));
        Assert.DoesNotContain('\n', refusal.Message);
    }
}
