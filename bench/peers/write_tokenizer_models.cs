#:project ../../src/Bantam/Bantam.csproj
#:property PublishAot=false

// Writes tokenizer.model files with Bantam for sentencepiece_golden.py to load.
// Usage: dotnet run bench/peers/write_tokenizer_models.cs OUT NAME=FILE …
using Bantam.Tokenizers;

Directory.CreateDirectory(args[0]);
foreach (var argument in args[1..])
{
    var (name, file) = (argument[..argument.IndexOf('=')], argument[(argument.IndexOf('=') + 1)..]);
    var vocabulary = file.EndsWith(".bin", StringComparison.Ordinal) ? ReadLlama2c(file) : SentencePieceModel.Load(file);
    File.WriteAllBytes(Path.Combine(args[0], $"{name}.model"), SentencePieceModel.Write(vocabulary, name));
}

static Vocabulary ReadLlama2c(string file)
{
    using var reader = new BinaryReader(File.OpenRead(file));
    reader.ReadInt32();
    var entries = new List<(byte[] Piece, float Score)>();
    while (reader.BaseStream.Position < reader.BaseStream.Length)
    {
        var score = reader.ReadSingle();
        entries.Add((reader.ReadBytes(reader.ReadInt32()), score));
    }
    return Llama2cVocabulary.Create(file, entries);
}
