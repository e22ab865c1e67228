#:project ../../src/Bantam/Bantam.csproj
#:property PublishAot=false

// Writes tokenizer.model files with Bantam for sentencepiece_golden.py to load.
// Usage: dotnet run bench/peers/write_tokenizer_models.cs OUT NAME=FILE …
using Bantam.Formats.Llama2c;
using Bantam.Tokenizers;

Directory.CreateDirectory(args[0]);
foreach (var argument in args[1..])
{
    var (name, file) = (argument[..argument.IndexOf('=')], argument[(argument.IndexOf('=') + 1)..]);
    var vocabulary = file.EndsWith(".bin", StringComparison.Ordinal) ? ReadLlama2c(file) : SentencePieceModel.Load(file);
    File.WriteAllBytes(Path.Combine(args[0], $"{name}.model"), SentencePieceModel.Write(vocabulary, name));
}

static Vocabulary ReadLlama2c(string file) => Llama2cVocabulary.Create(file, Llama2cTokenizer.Read(file).Tokens);
