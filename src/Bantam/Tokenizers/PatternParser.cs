using System.Globalization;

namespace Bantam.Tokenizers;

/// <summary>
/// Reads what patterns of pre-tokenizers use of regular expressions: alternation, groups <c>(?:…)</c> and <c>(?i:…)</c>,
/// <c>(?&gt;…)</c>, look-ahead, classes with ranges, classes within, <c>&amp;&amp;</c> and <c>\p{…}</c> of general categories and a
/// few scripts, <c>\s \d \w \b</c> and their opposites, greedy and possessive quantifiers and <c>$</c>. All else is refused by name: a pattern half understood would give wrong ids.
/// </summary>
internal ref struct PatternParser
{
    // Deeper nesting and larger counts are in no published pattern.
    private const int MostNesting = 32;
    private const int MostRepeats = 1000;

    private static readonly Dictionary<string, uint> Categories = BuildCategories();

    // \w of Oniguruma: what is alphabetic, numbers that are letters and letters in circles and squares among it, and of Latin-1 the small digits and fractions.
    private static readonly uint InWords = CodePoints.WordParts | CodePoints.Kinds(UnicodeCategory.LetterNumber);
    private static readonly (int First, int Last)[] AlsoInWords =
        [(0xB2, 0xB3), (0xB9, 0xB9), (0xBC, 0xBE), (0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189)];

    private readonly string _pattern;
    private readonly string _source;
    private int _at;
    private int _depth;
    private bool _ignoreCase;

    private PatternParser(string pattern, string source) => (_pattern, _source) = (pattern, source);

    /// <summary>Reads a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="source">Where it comes from, for errors.</param>
    /// <exception cref="ModelFileException">BT1045: it uses something that is not read, or matches nothing at all.</exception>
    public static Pattern Read(string pattern, string source)
    {
        var parser = new PatternParser(pattern, source);
        var read = parser.Choice();
        if (parser._at < pattern.Length) throw parser.Refuse("a ) without (");
        return read.CanBeEmpty ? throw parser.Refuse("a match of no characters") : read;
    }

    private readonly char Next => _at < _pattern.Length ? _pattern[_at] : '\0';

    private readonly bool AtEnd => _at >= _pattern.Length;

    private Pattern Choice()
    {
        if (++_depth > MostNesting) throw Refuse("nesting that deep");
        var parts = new List<Pattern> { Sequence() };
        while (TryTake("|")) parts.Add(Sequence());
        _depth--;
        return parts is [var only] ? only : new Pattern.Choice(parts);
    }

    private Pattern Sequence()
    {
        var parts = new List<Pattern>();
        while (!AtEnd && Next is not ('|' or ')')) parts.Add(Quantified());
        return parts is [var only] ? only : new Pattern.Sequence(parts);
    }

    private Pattern Quantified()
    {
        var part = Atom();
        var (least, most) = Next switch
        {
            '?' when TryTake("?") => (0, 1),
            '*' when TryTake("*") => (0, int.MaxValue),
            '+' when TryTake("+") => (1, int.MaxValue),
            '{' when TryTake("{") => Counts(),
            _ => (1, 1),
        };
        if ((least, most) == (1, 1)) return part;
        if (part.CanBeEmpty) throw Refuse("repeating what can be empty");
        var repeat = new Pattern.Repeat(part, least, most);
        // Behind a count, + repeats once more, as Oniguruma reads it.
        if (Next == '+' && _pattern[_at - 1] != '}' && TryTake("+")) return new Pattern.Atomic(repeat);
        return Next is '?' or '*' or '+' or '{' ? throw Refuse("lazy and stacked quantifiers") : repeat;
    }

    private (int Least, int Most) Counts()
    {
        var least = Number();
        var most = !TryTake(",") ? least : Next == '}' ? int.MaxValue : Number();
        if (!TryTake("}") || most < least || most == 0) throw Refuse("such a count");
        return (least, most);
    }

    private int Number()
    {
        var start = _at;
        while (char.IsAsciiDigit(Next)) _at++;
        return int.TryParse(_pattern.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= MostRepeats
            ? number
            : throw Refuse("such a count");
    }

    private Pattern Atom()
    {
        if (TryTake("(?:")) return Group(_ignoreCase);
        if (TryTake("(?i:")) return Group(ignoreCase: true);
        if (TryTake("(?>")) return new Pattern.Atomic(Group(_ignoreCase));
        if (TryTake("(?!")) return new Pattern.LookAhead(Group(_ignoreCase), Negative: true);
        if (TryTake("(?=")) return new Pattern.LookAhead(Group(_ignoreCase), Negative: false);
        if (_pattern.AsSpan(_at).StartsWith("(?")) throw Refuse("a group of that kind");
        if (TryTake("(")) return Group(_ignoreCase);
        if (TryTake("$")) return new Pattern.End();
        if (TryTake("\\b")) return new Pattern.Boundary(Negative: false);
        if (TryTake("\\B")) return new Pattern.Boundary(Negative: true);
        if (TryTake("[")) return new Pattern.One(Class());
        if (TryTake(".")) return new Pattern.One(new CodePointSet(0, [('\n', '\n')], negated: true));
        if (Next is '^' or '*' or '+' or '?' or '{') throw Refuse($"{Next} in that place");
        var members = new Members();
        Member(members, inClass: false);
        return new Pattern.One(members.ToSet(negated: false, and: null));
    }

    private Pattern Group(bool ignoreCase)
    {
        var outer = _ignoreCase;
        _ignoreCase = ignoreCase;
        var group = Choice();
        _ignoreCase = outer;
        return TryTake(")") ? group : throw Refuse("a ( without )");
    }

    private CodePointSet Class()
    {
        if (++_depth > MostNesting) throw Refuse("nesting that deep");
        var negated = TryTake("^");
        var members = new Members();
        CodePointSet? and = null;
        for (var first = true; first || Next != ']'; first = false)
        {
            if (AtEnd) throw Refuse("a [ without ]");
            if (TryTake("&&"))
            {
                // It binds least: what follows up to the ] is the other side.
                and = Rest();
                break;
            }
            if (TryTake("[")) members.Others.Add(Class());
            else Member(members, inClass: true);
        }
        _at++;
        _depth--;
        return members.ToSet(negated, and);
    }

    private CodePointSet Rest()
    {
        var members = new Members();
        while (Next != ']')
        {
            if (AtEnd) throw Refuse("a [ without ]");
            if (_pattern.AsSpan(_at).StartsWith("&&")) throw Refuse("&& twice");
            if (TryTake("[")) members.Others.Add(Class());
            else Member(members, inClass: true);
        }
        return members.ToSet(negated: false, and: null);
    }

    // A code point, a range of them, or a named class.
    private void Member(Members members, bool inClass)
    {
        if (Next == '\\' && TryNamed(members)) return;
        var first = Literal();
        var last = first;
        if (inClass && Next == '-' && _at + 1 < _pattern.Length && _pattern[_at + 1] != ']')
        {
            _at++;
            last = Literal();
            if (last < first) throw Refuse("a range that ends before it begins");
        }
        members.Ranges.Add((first, last));
        if (_ignoreCase) AddOtherCase(members, first, last);
    }

    // Unicode's simple folding as far as ASCII goes: two characters beyond it fold to s and k.
    private readonly void AddOtherCase(Members members, int first, int last)
    {
        if (last >= 128) throw Refuse("(?i:…) beyond ASCII");
        for (var c = first; c <= last; c++)
        {
            if (!char.IsAsciiLetter((char)c)) continue;
            members.Ranges.Add((c ^ 0x20, c ^ 0x20));
            if ((c | 0x20) == 's') members.Ranges.Add((0x17F, 0x17F));
            if ((c | 0x20) == 'k') members.Ranges.Add((0x212A, 0x212A));
        }
    }

    private int Literal()
    {
        if (AtEnd) throw Refuse("an end in that place");
        if (!TryTake("\\"))
        {
            var point = CodePoints.At(_pattern, _at, out var length);
            _at += length;
            return point;
        }
        var escaped = Next;
        _at++;
        return escaped switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\f',
            _ when char.IsAsciiLetterOrDigit(escaped) || escaped is '\0' or >= (char)128 => throw Refuse($"\\{escaped}"),
            _ => escaped,
        };
    }

    private bool TryNamed(Members members)
    {
        var name = _at + 1 < _pattern.Length ? _pattern[_at + 1] : '\0';
        var kinds = char.ToLowerInvariant(name) switch
        {
            's' => CodePoints.Spaces,
            'd' => CodePoints.Kinds(UnicodeCategory.DecimalDigitNumber),
            'w' => CodePoints.WordParts,
            'p' => 0u,
            _ => uint.MaxValue,
        };
        if (kinds == uint.MaxValue) return false;
        _at += 2;
        if (kinds == 0) Property(members, negated: name == 'P');
        else if (kinds == CodePoints.WordParts) members.Others.Add(new CodePointSet(InWords, AlsoInWords, negated: name == 'W'));
        else members.Kinds |= char.IsUpper(name) ? ~kinds & CodePoints.All : kinds;
        return true;
    }

    private void Property(Members members, bool negated)
    {
        var end = _pattern.IndexOf('}', _at);
        if (Next != '{' || end < 0) throw Refuse("\\p without {…}");
        var name = _pattern[(_at + 1)..end];
        _at = end + 1;
        if (Categories.TryGetValue(name, out var kinds)) members.Kinds |= negated ? ~kinds & CodePoints.All : kinds;
        else if (Scripts.Find(name) is { } ranges) members.Others.Add(new CodePointSet(0, ranges, negated));
        else throw Refuse($"\\p{{{name}}}");
    }

    private bool TryTake(string text)
    {
        if (!_pattern.AsSpan(_at).StartsWith(text)) return false;
        _at += text.Length;
        return true;
    }

    private readonly ModelFileException Refuse(string what) =>
        new("BT1045", _source, "pattern", _pattern, $"{what} (near character {_at}) is not read");

    // In the order of UnicodeCategory.
    private static Dictionary<string, uint> BuildCategories()
    {
        string[] names = ["Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn"];
        var categories = new Dictionary<string, uint>(StringComparer.Ordinal);
        for (var i = 0; i < names.Length; i++)
        {
            categories[names[i]] = 1u << i;
            var major = names[i][..1];
            categories[major] = categories.GetValueOrDefault(major) | (1u << i);
        }
        categories["Cc"] |= 1u << CodePoints.SpaceControl;
        categories["C"] |= 1u << CodePoints.SpaceControl;
        return categories;
    }

    private sealed class Members
    {
        public uint Kinds { get; set; }

        public List<(int First, int Last)> Ranges { get; } = [];

        public List<CodePointSet> Others { get; } = [];

        public CodePointSet ToSet(bool negated, CodePointSet? and) => new(Kinds, Ranges, negated, Others, and);
    }
}
