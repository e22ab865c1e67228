using System.Text;
using System.Text.Json;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

public class VocabTxtTests
{
    private static readonly Lazy<Vocabulary> Uncased = new(() =>
    {
        var path = SharedData.Path("tokenizers", "distilbert-base-uncased", "vocab.txt");
        return VocabTxt.Read(File.ReadAllBytes(path), path);
    });

    [Fact]
    public void Ids_equal_the_vectors_of_transformers_js()
    {
        var tokenizer = Tokenizer.Create(Uncased.Value);
        using var vectors = JsonDocument.Parse(File.ReadAllText(SharedData.Path("vectors", "tokenizers", "bert.json")));
        var cases = vectors.RootElement.GetProperty("Xenova/bert-base-uncased").EnumerateObject().Where(vector => vector.Name != "TEXT_PAIR").ToList();
        Assert.Equal(29, cases.Count);
        foreach (var vector in cases)
        {
            var (text, ids) = (vector.Value.GetProperty("text").GetString()!, string.Join(' ', vector.Value.GetProperty("ids").EnumerateArray()));
            Assert.Equal((vector.Name, ids), (vector.Name, string.Join(' ', tokenizer.Encode(text, parseSpecial: true))));
        }
    }

    [Theory]
    [InlineData(true, null, true, "É日a b", "e 日 a b")]
    [InlineData(true, false, true, "É日A b", "é 日 a b")]
    [InlineData(false, null, true, "É日A b", "É 日 A b")]
    [InlineData(false, true, true, "É日A b", "E 日 A b")]
    [InlineData(true, null, false, "日A b", "日 ##a b")]
    public void Settings_say_what_is_done_to_text(bool lower, bool? strip, bool ideographs, string text, string pieces)
    {
        var vocabulary = VocabTxt.Read("[UNK]\n[CLS]\n[SEP]\n日\na\n##a\nb\r\nA\né\nÉ\ne\nE"u8, "vocab.txt", lower, strip, ideographs);
        Assert.Equal(12, vocabulary.Count);
        Assert.Equal(pieces, string.Join(' ', Tokenizer.Create(vocabulary).Encode(text, addBos: false, addEos: false).Select(id => vocabulary.Pieces[id])));
    }

    [Fact]
    public void A_written_file_is_the_one_that_was_read()
    {
        var content = File.ReadAllBytes(SharedData.Path("tokenizers", "distilbert-base-uncased", "vocab.txt"));
        Assert.Equal(content, VocabTxt.Write(Uncased.Value, "vocab.txt"));
    }

    [Theory]
    [InlineData("BT1040", "")]
    [InlineData("BT1045", "[UNK]\n[CLS]\n")]
    [InlineData("BT1045", "a\n[CLS]\n[SEP]\n")]
    public void A_bad_file_is_refused(string code, string content) =>
        Assert.Equal(code, Assert.Throws<ModelFileException>(() => VocabTxt.Read(Encoding.UTF8.GetBytes(content), "vocab.txt")).Code);

    [Fact]
    public void What_is_not_UTF_8_is_refused() => Assert.Equal("BT1093", Assert.Throws<ModelFileException>(() => VocabTxt.Read([0x61, 0x0A, 0xC3, 0x28], "vocab.txt")).Code);
}
