namespace Bantam.Nn;

/// <summary>A part of a model that holds linears, or parts that do.</summary>
public abstract class Module
{
    /// <summary>
    /// Walks all linears and puts what <paramref name="map"/> returns in their place: the same linear, or one that wraps it
    /// (low-rank adapters) or stands for it.
    /// </summary>
    public abstract void MapLinears(Func<Linear, Linear> map);
}
