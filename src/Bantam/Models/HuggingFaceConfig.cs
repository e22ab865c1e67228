using System.Text.Json;

namespace Bantam.Models;

/// <summary>
/// Reads a Hugging Face <c>config.json</c> into a <see cref="ModelConfig"/>. Sizes must be there; other absent fields take
/// the defaults of the family's configuration class in transformers (github.com/huggingface/transformers,
/// <c>models/*/configuration_*.py</c>). The model's own code (<c>auto_map</c>) is never looked at.
/// </summary>
public static class HuggingFaceConfig
{
    /// <summary>Largest config.json that is read, in bytes.</summary>
    public const int MaxBytes = 10_000_000;

    private const int MaxDepth = 64;

    /// <summary>Reads the file at <paramref name="path"/>; errors as <see cref="Read"/>, and the usual ones of file access.</summary>
    public static ModelConfig Load(string path)
    {
        using var stream = File.OpenRead(path);
        // The length of a device or a pipe says nothing, so the bytes are counted as they come.
        using var bytes = new MemoryStream();
        var buffer = new byte[65_536];
        for (int n; (n = stream.Read(buffer)) > 0;)
        {
            bytes.Write(buffer, 0, n);
            if (bytes.Length > MaxBytes)
                throw new ModelFileException("BT1063", path, "size", $"over {MaxBytes} bytes", "a config.json has a few thousand bytes");
        }
        return Parse(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), path);
    }

    /// <summary>Reads the JSON text of a configuration; errors as <see cref="Read"/>. <paramref name="file"/> is the name for errors.</summary>
    public static ModelConfig Parse(ReadOnlySpan<byte> json, string file)
    {
        if (json.Length > MaxBytes)
            throw new ModelFileException("BT1063", file, "size", $"{json.Length} bytes", $"must be at most {MaxBytes} bytes");
        var options = new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false };
        try
        {
            using var document = JsonDocument.Parse(PythonJson.ToJson(json), options);
            return Read(document.RootElement, file);
        }
        catch (JsonException e)
        {
            var line = e.Message.AsSpan()[..Math.Min(e.Message.Length, 70)];
            throw new ModelFileException("BT1063", file, "content", $"not JSON ({line})", $"must be one JSON object, at most {MaxDepth} deep, each key once");
        }
        catch (InvalidOperationException)
        {
            throw new ModelFileException("BT1063", file, "content", "a key with half a surrogate pair", "must be Unicode text");
        }
    }

    /// <summary>Reads the object of a config.json.</summary>
    /// <param name="config">The object.</param>
    /// <param name="file">The path, for errors.</param>
    /// <exception cref="ModelFileException">BT1063: a field is missing or makes no sense.</exception>
    /// <exception cref="UnsupportedModelException">BT2001: the family or its class is not in <see cref="Architectures"/>.</exception>
    public static ModelConfig Read(JsonElement config, string file)
    {
        if (config.ValueKind != JsonValueKind.Object)
            throw new ModelFileException("BT1063", file, "content", config.ValueKind.ToString().ToLowerInvariant(), "must be a JSON object");
        var fields = new ConfigFields(config, file);
        var name = fields.Text("model_type") ?? throw fields.Refuse("model_type", "absent", "must name the family of the model");

        if (fields.Has("text_config") || fields.Has("vision_config"))
            throw new UnsupportedModelException(file, name, fields.WithCode("is a wrapper of several models (text and images or sound), which Bantam does not know"));
        if (!Architectures.TryFind(name, out var architecture)) throw new UnsupportedModelException(file, name, fields.WithCode(UnsupportedModelException.Unknown));

        var head = HeadConfig.Read(fields, architecture);
        return name switch
        {
            "gpt2" => Gpt2Config.Read(fields, head),
            "distilbert" => DistilBertConfig.Read(fields, head),
            _ => DecoderConfig.Read(fields, architecture, head),
        };
    }
}
