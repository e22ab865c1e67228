namespace Bantam.Models;

/// <summary>
/// Bounds of what a configuration may claim, far above any model (a few thousand layers of 2¹⁸) and low enough that sizes
/// computed from them stay within 63 bits and take no time.
/// </summary>
internal static class ConfigLimits
{
    public const int Width = 1 << 18;
    public const int FeedForward = 1 << 21;
    public const int Layers = 4096;
    public const int Heads = 1 << 14;
    public const int HeadDim = 1 << 14;
    public const int Vocabulary = 1 << 24;
    public const int Context = 1 << 25;
    public const int CacheWidthOfAllLayers = 1 << 24;
    public const int Experts = 4096;
    public const int ExpertsOfAllLayers = 1 << 17;
    public const int Labels = 1 << 16;
}
