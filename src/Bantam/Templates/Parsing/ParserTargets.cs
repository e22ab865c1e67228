using Bantam.Templates.Nodes;

namespace Bantam.Templates.Parsing;

// Macros with their parameters, and names that are assigned to.
internal sealed partial class Parser
{
    private Macro Macro(Place place)
    {
        var name = ExpectName("the name of a macro");
        return new Macro(Shape(name, Parameters(), "endmacro"), place);
    }

    private CallBlock CallBlock(Place place)
    {
        var parameters = At("(") ? Parameters() : [];
        if (Expression() is not Call call)
            throw _source.Error(place, "{% call %} needs the call of a macro");
        return new CallBlock(call, Shape("caller", parameters, "endcall"), place);
    }

    private MacroShape Shape(string name, List<(string, Expression?)> parameters, string end)
    {
        var outside = _special.ToArray();
        var loops = _loops;
        _special.Clear();
        _loops = 0;
        var body = Whole(end);
        _loops = loops;
        var shape = new MacroShape(name, parameters, body)
        {
            TakesMore = _special.Contains("varargs"),
            TakesNamed = _special.Contains("kwargs"),
            TakesCaller = _special.Contains("caller"),
        };
        _special.UnionWith(outside);
        return shape;
    }

    private List<(string, Expression?)> Parameters()
    {
        var parameters = new List<(string Name, Expression? Default)>();
        Expect("(");
        while (!Take(")"))
        {
            if (parameters.Count > 0)
                Expect(",");
            var place = Now.Place;
            var name = ExpectName("the name of a parameter");
            var otherwise = Take("=") ? Expression() : null;
            if (otherwise is null && parameters.Count > 0 && parameters[^1].Default is not null)
                throw _source.Error(place, $"parameter '{Cut(name)}' without a default behind one that has one");
            parameters.Add((name, otherwise));
        }
        return parameters;
    }

    private Target TargetTuple(bool namespaces)
    {
        var targets = new List<Target> { OneTarget(namespaces) };
        var many = false;
        while (Take(","))
        {
            many = true;
            if (Now.Kind == TokenKind.BlockEnd || At("=") || At(")") || AtName("in"))
                break;
            targets.Add(OneTarget(namespaces));
        }
        return many ? new TupleTarget(targets) : targets[0];
    }

    private Target OneTarget(bool namespaces)
    {
        Nest();
        Target target;
        if (Take("("))
        {
            target = TargetTuple(namespaces);
            Expect(")");
        }
        else
        {
            var place = Now.Place;
            var name = ExpectName("a name to assign to");
            if (name is "true" or "false" or "none" or "True" or "False" or "None")
                throw _source.Error(place, $"'{name}' cannot be assigned to");
            target = namespaces && Take(".") ? new NamespaceTarget(name, ExpectName("an attribute's name")) : new NameTarget(name);
        }
        _depth--;
        return target;
    }
}
