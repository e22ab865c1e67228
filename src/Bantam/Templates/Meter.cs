using System.Diagnostics;
using System.Runtime.CompilerServices;
using Bantam.Templates.Parsing;

namespace Bantam.Templates;

/// <summary>
/// Counts what a render costs; the only place that knows its limits. Whoever allocates something whose size the template
/// chose asks here first.
/// </summary>
internal sealed class Meter(TemplateOptions options, CancellationToken cancellation)
{
    // Jinja2's sandbox has the same limit for one range.
    public const int MaxRange = 100_000;
    private const int Look = 1024;

    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly long _maxAllocated = 8L * options.MaxOutput;
    private long _steps;
    private long _nextLook = Look;
    private long _allocated;
    private int _depth;

    /// <summary>Where the render is, for errors.</summary>
    public Place Place { get; set; } = new(1, 1);

    /// <summary>One more node inside the present one; <see cref="Leave"/> when it is done.</summary>
    public void Enter(Place place)
    {
        Place = place;
        Step();
        Nest();
    }

    /// <summary>One level deeper into a value or a call.</summary>
    public void Nest()
    {
        // The second question is for callers that come with little stack left.
        if (++_depth > options.MaxDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new Fault(Codes.Depth, $"nested deeper than {options.MaxDepth}; a macro, a recursive loop or a list that contains itself");
    }

    public void Leave() => _depth--;

    /// <summary>Counts <paramref name="count"/> steps.</summary>
    public void Step(long count = 1)
    {
        _steps += count;
        if (_steps < _nextLook)
            return;
        _nextLook = _steps + Look;
        cancellation.ThrowIfCancellationRequested();
        if (_steps > options.MaxSteps)
            throw new Fault(Codes.Steps, $"more than {options.MaxSteps} steps; a loop that is too long");
        if (Stopwatch.GetElapsedTime(_start) > options.MaxTime)
            throw new Fault(Codes.Time, $"more than {options.MaxTime.TotalSeconds} seconds");
    }

    /// <summary>Reading through <paramref name="characters"/> characters.</summary>
    public void Scan(long characters) => Step(1 + (characters >> 6));

    /// <summary>A string of <paramref name="length"/> characters is about to be made.</summary>
    public void Text(long length) => Text(length, length);

    /// <summary>A string grows by <paramref name="added"/> to <paramref name="length"/> characters.</summary>
    public void Text(long length, long added)
    {
        if (length > options.MaxOutput)
            throw new Fault(Codes.Size, $"a text of {length} characters, more than {options.MaxOutput}");
        Allocate(added);
        Scan(added);
    }

    /// <summary>A list or dict of <paramref name="count"/> elements is about to be made.</summary>
    public void Elements(long count)
    {
        if (count > options.MaxOutput / 8)
            throw new Fault(Codes.Size, $"a list of {count} elements, more than {options.MaxOutput / 8}");
        // An object on the heap and a reference to it weigh as much as these characters.
        Allocate(16 * (1 + count));
        Step(1 + (count >> 2));
    }

    private void Allocate(long characters)
    {
        _allocated += characters;
        if (_allocated > _maxAllocated)
            throw new Fault(Codes.Size, $"texts and lists of more than {_maxAllocated} characters together");
    }
}
