namespace Bantam.Tokenizers;

/// <summary>Two neighbours that become one entry, whose text is that of both together.</summary>
/// <param name="Left">The id of the left piece.</param>
/// <param name="Right">The id of the right piece.</param>
public readonly record struct MergePair(int Left, int Right);
