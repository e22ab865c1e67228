using Bantam.Tokenizers;
using Bantam.Tokenizers.Pipeline;

namespace Bantam.Tests.Tokenizers.Pipeline;

public class SpaceCleanupTests
{
    // As transformers' clean_up_tokenization says.
    [Theory]
    [InlineData("you should ' ve done this .", "you should've done this.")]
    [InlineData("do n't , I 'm he 's we 've they 're ! ?", "don't, I'm he's we've they're!?")]
    [InlineData("a  . b", "a . b")]
    [InlineData("a ' ' b", "a'' b")]
    [InlineData("a do not", "a do not")]
    [InlineData("ca n ' t", "can't")]
    public void Spaces_before_punctuation_are_taken_away(string text, string expected) => Assert.Equal(expected, SpaceCleanup.OfText(text));

    [Fact]
    public void A_stream_is_cleaned_as_the_whole_is()
    {
        string[] pieces = ["[UNK]", " ", "'", "n", "n't", ".", "?", "!", ",", "s", "t", "m", "v", "ve", "r", "re", "x", " '", "  ", "' "];
        var tokenizer = new PipelineTokenizer(new Vocabulary
        {
            Source = "golden",
            Kind = TokenizerKind.WordLevel,
            Pieces = pieces,
            Scores = [],
            Types = [.. pieces.Select(_ => TokenType.Normal)],
            UnkId = 0,
            CleansUpSpaces = true,
            Pipeline = new TextPipeline { Decoders = [new FuseDecoder()] },
        });
        var random = new Random(5);
        for (var i = 0; i < 20_000; i++)
        {
            int[] ids = [.. Enumerable.Range(0, random.Next(14)).Select(_ => random.Next(1, pieces.Length))];
            var stream = new TextStream(tokenizer);
            Assert.Equal(SpaceCleanup.OfText(string.Concat(ids.Select(id => pieces[id]))), tokenizer.Decode(ids));
            Assert.Equal(tokenizer.Decode(ids), string.Concat(ids.Select(stream.Append)) + stream.Flush());
        }
    }
}
