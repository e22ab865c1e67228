// What llama.cpp computes, for the tests to compare with: writes Golden/ggml-blocks.json, Golden/llama-logits.json and,
// together with the torch reference of bench/peers/families (whose Python the variable PYTHON names), Golden/Families;
// tokenizes with the vocabularies that CarriedTokenizerTests writes, its own cases and random texts; and measures its speed
// for bench/peers/compare.
//
// LIBRARY_FOLDER holds prebuilt llama.cpp libraries for Linux x64 (libllama, libggml, libggml-base, libggml-cpu-*). The
// golden files were made with those of the npm package @node-llama-cpp/linux-x64 3.22.1 (bins/linux-x64). Another version
// may lay its parameter structures out otherwise; then this program stops.
using Bantam.Peers.LlamaCpp;
using Bantam.Tests.Tokenizers;

const string Usage = "usage: dotnet run -c Release --project bench/peers/llama.cpp -- blocks|logits LIBRARY_FOLDER OUT.json, families LIBRARY_FOLDER OUT_FOLDER [SHAPE], survey LIBRARY_FOLDER SEEDS [FORMAT...], tokenize LIBRARY_FOLDER FOLDER, compare-tokens LIBRARY_FOLDER FOLDER [TEXTS], compare-characters LIBRARY_FOLDER ggml-vocab-llama-spm.gguf, or bench LIBRARY_FOLDER MODEL.gguf [-p N] [-n N] [-t N] [--rounds N] [--depth N] [--sequences N] [--kv TYPE] [--flash on|off]";

if (args is not [var what, var folder, var output, .. var rest])
{
    Console.Error.WriteLine(Usage);
    return 2;
}
switch (what)
{
    case "blocks": GgmlBlocks.Write(folder, output); return 0;
    case "logits": LlamaLogits.Write(folder, output); return 0;
    case "families": FamilyProof.Write(folder, output, rest.FirstOrDefault()); return 0;
    case "survey": LlamaLogits.Survey(folder, int.Parse(output), rest); return 0;
    case "tokenize": return LlamaTokens.Check(folder, output) ? 0 : 1;
    case "compare-tokens": return LlamaTokens.Compare(folder, output, rest is [var texts] ? int.Parse(texts) : MixedText.Texts) ? 0 : 1;
    case "compare-characters": return LlamaTokens.CompareCharacters(folder, output) ? 0 : 1;
    case "bench": return LlamaBench.Run(folder, output, rest);
    default: Console.Error.WriteLine(Usage); return 2;
}
