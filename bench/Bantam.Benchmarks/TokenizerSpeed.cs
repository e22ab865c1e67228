using System.Diagnostics;
using System.Globalization;
using Bantam.Checkpoints;
using Bantam.Tokenizers;

namespace Bantam.Benchmarks;

/// <summary>
/// Our half of bench/peers/tokenizer_speed.mjs, which runs it: reads a tokenizer and a text, and for each line of the standard
/// input encodes the text once and writes the milliseconds that it took, the number of ids and their sum. The first line has
/// the milliseconds of reading, of making the tokenizer and of making it again, the median of nine.
/// </summary>
internal static class TokenizerSpeed
{
    /// <summary>Serves until the input ends.</summary>
    /// <param name="file">A <c>tokenizer.json</c> or <c>tokenizer.model</c>.</param>
    /// <param name="textFile">A text in UTF-8.</param>
    public static void Serve(string file, string textFile)
    {
        var start = Stopwatch.GetTimestamp();
        var vocabulary = Checkpoint.ReadTokenizer(file, null);
        var read = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        start = Stopwatch.GetTimestamp();
        var tokenizer = Tokenizer.Create(vocabulary);
        var first = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        var again = Enumerable.Range(0, 9).Select(_ => MeasureMaking(vocabulary)).Order().ElementAt(4);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{read:f1} {first:f1} {again:f1}"));
        var text = File.ReadAllText(textFile);
        while (Console.ReadLine() is not null)
        {
            start = Stopwatch.GetTimestamp();
            var ids = tokenizer.Encode(text, addBos: false, addEos: false);
            var time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time:f3} {ids.Length} {ids.Sum(id => (long)id)}"));
        }
    }

    private static double MeasureMaking(Vocabulary vocabulary)
    {
        var start = Stopwatch.GetTimestamp();
        Tokenizer.Create(vocabulary);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
