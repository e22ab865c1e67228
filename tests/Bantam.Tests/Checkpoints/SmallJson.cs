using System.Text.Json.Nodes;

namespace Bantam.Tests.Checkpoints;

/// <summary>The smallest tokenizer.json of byte-level BPE, and others that differ from it in a field.</summary>
internal static class SmallJson
{
    public const string Valid = """
        {"version":"1.0","added_tokens":[{"id":4,"content":"<|end|>","special":true}],
         "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},
         "model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2,"abb":3},"merges":["a b",["ab","b"]]}}
        """;

    /// <summary>The text with the value at a path such as <c>model.vocab</c> replaced by another.</summary>
    public static string With(string path, string value)
    {
        var root = JsonNode.Parse(Valid)!;
        var names = path.Split('.');
        var at = names[..^1].Aggregate(root, (node, name) => node[name]!);
        at[names[^1]] = JsonNode.Parse(value);
        return root.ToJsonString();
    }
}
