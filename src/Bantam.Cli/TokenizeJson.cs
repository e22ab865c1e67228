using System.Text.Json;
using Bantam.Checkpoints;
using Bantam.Tokenizers;

namespace Bantam.Cli;

/// <summary>Tokens for programs; <c>docs/cli.md</c> describes the fields.</summary>
internal static class TokenizeJson
{
    // Let go every so many tokens: a large text makes an object that need not be in memory.
    private const int Several = 4096;

    public static void Write(CliOutput output, TokenizedFile file, CancellationToken cancel) => output.Json((json, letGo) =>
    {
        var (tokenizer, ids, spans) = (file.Source.Tokenizer, file.Tokens.Ids, file.Tokens.Spans);
        Model(json, file.Model, file.Source);
        json.Write("characters", file.Characters);
        json.Write("utf16_units", file.Text.Length);
        json.Write("bytes", file.Bytes);
        json.Write("count", ids.Length);
        json.WriteStartArray("tokens");
        for (var i = 0; i < ids.Length; i++)
        {
            if (i % Several == Several - 1)
            {
                cancel.ThrowIfCancellationRequested();
                letGo();
            }
            json.WriteStartObject();
            Token(json, tokenizer, ids[i]);
            json.Write("start", spans[i].Start);
            json.Write("length", spans[i].Length);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    public static void WriteDecoded(CliOutput output, string model, TokenizerSource source, int[] ids, string text) => output.Json(json =>
    {
        Model(json, model, source);
        json.Write("count", ids.Length);
        json.Write("text", text);
        json.Array("tokens", ids, id => Token(json, source.Tokenizer, id));
    });

    /// <summary>The fields that tell the tokenizer.</summary>
    public static void Model(Utf8JsonWriter json, string model, TokenizerSource source)
    {
        json.Write("model", model);
        json.Write("container", source.Container);
        json.Write("kind", source.Tokenizer.Vocabulary.Kind.Name());
        json.Write("vocabulary_size", source.Tokenizer.VocabularySize);
    }

    private static void Token(Utf8JsonWriter json, Tokenizer tokenizer, int id)
    {
        json.Write("id", id);
        json.Write("piece", tokenizer.Vocabulary.Pieces[id]);
        json.Write("text", PieceText.Whole(tokenizer, id));
        json.Write("bytes", Convert.ToHexStringLower(tokenizer.Piece(id)));
        json.Write("type", tokenizer.Vocabulary.Types[id].Name());
    }
}
