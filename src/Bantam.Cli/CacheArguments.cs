using System.CommandLine;
using Bantam.Execution;
using Bantam.Tensors;

namespace Bantam.Cli;

/// <summary>The options that say how keys and values are stored.</summary>
internal sealed class CacheArguments
{
    private readonly Option<DType?> _both = Options.Format("--kv", "Type of the key/value cache; without it F16", [.. KvTypes.All]);
    private readonly Option<DType?> _keys = Options.Format("--kv-k", "Type of its keys, where that is another", [.. KvTypes.All]);
    private readonly Option<DType?> _values = Options.Format("--kv-v", "Type of its values, where that is another", [.. KvTypes.All]);

    /// <summary>All of them, in the order of the help.</summary>
    public Option[] All => [_both, _keys, _values];

    /// <summary>What was chosen.</summary>
    public (DType Keys, DType Values) Of(ParseResult args)
    {
        var both = args.GetValue(_both) ?? DType.F16;
        return (args.GetValue(_keys) ?? both, args.GetValue(_values) ?? both);
    }
}
