using System.Text.Json;

namespace Bantam.Cli;

/// <summary>Sizes for programs; <c>docs/cli.md</c> describes the fields.</summary>
internal static class SizeJson
{
    public static void Write(CliOutput output, ModelTarget target, int? context) => output.Json(json =>
    {
        var footprint = target.Footprint;
        Model(json, target);
        json.Write("kv_bytes_per_token", footprint.KvBytesPerToken());
        json.Write("context", context);
        json.Write("flops_per_token", context is { } tokens ? footprint.FlopsPerToken(tokens) : null);
        json.Write("checkpoint_bytes", footprint.CheckpointBytes);
        json.Array("formats", SizeCommand.Formats, format =>
        {
            json.Write("format", format.Name);
            json.Write("bytes", footprint.WeightBytes(format));
            json.Write("bytes_read_per_token", context is { } tokens ? footprint.BytesReadPerToken(format, tokens) : null);
        });
    });

    /// <summary>The fields that say which model it is, the same for <c>size</c> and <c>fit</c>.</summary>
    public static void Model(Utf8JsonWriter json, ModelTarget target)
    {
        var footprint = target.Footprint;
        json.Write("model", target.Name);
        json.Write("display_name", target.DisplayName);
        json.Write("source", target.Source);
        json.Write("architecture", footprint.Config?.Architecture);
        json.Write("parameters", footprint.Parameters);
        json.Write("active_parameters", footprint.ActiveParameters);
        json.Write("size_class", footprint.SizeClass?.Name);
        json.Write("kind", target.Kind);
        json.Write("max_context", target.MaxContext);
        json.Write("stored_bytes", footprint.StoredBytes);
    }
}
