namespace Bantam.Cli;

/// <summary>Progress that is told at once and on the same thread; <see cref="Progress{T}"/> would post it to another.</summary>
internal sealed class Told<T>(Action<T> told) : IProgress<T>
{
    public void Report(T value) => told(value);
}
