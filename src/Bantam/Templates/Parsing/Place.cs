namespace Bantam.Templates.Parsing;

/// <summary>A place in a template, from 1.</summary>
internal readonly record struct Place(int Line, int Column);
