namespace Bantam.Templates;

/// <summary>The codes of this room; docs/errors.md says them in words.</summary>
internal static class Codes
{
    public const string Syntax = "BT5000";
    public const string SourceLimit = "BT5001";
    public const string RefusedTag = "BT5002";
    public const string Steps = "BT5003";
    public const string Size = "BT5004";
    public const string Depth = "BT5005";
    public const string Time = "BT5006";
    public const string Sandbox = "BT5007";
    public const string Undefined = "BT5008";
    public const string Operation = "BT5009";
    public const string Unknown = "BT5010";
    public const string Raised = "BT5011";
    public const string Input = "BT5012";
}
