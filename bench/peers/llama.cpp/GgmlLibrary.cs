using System.Reflection;
using System.Runtime.InteropServices;

namespace Bantam.Peers.LlamaCpp;

/// <summary>Loads llama.cpp's shared libraries from one folder, whatever version number stands in their names.</summary>
internal static unsafe class GgmlLibrary
{
    /// <summary>ggml-base alone: the block formats.</summary>
    public static void LoadBase(string folder) => Load(folder, "ggml-base");

    /// <summary>All of it, with the CPU module that suits this machine.</summary>
    /// <exception cref="InvalidDataException">Its structures are laid out otherwise than <see cref="LlamaApi"/> has them.</exception>
    public static void LoadAll(string folder)
    {
        Load(folder, "ggml-base", "ggml", "llama");
        ggml_backend_load_all_from_path(folder);
        LlamaApi.CheckLayout();
    }

    /// <summary>Version and commit.</summary>
    public static string Version() => $"{Text(ggml_version())} ({Text(ggml_commit())})";

    /// <summary>The CPU module that was chosen for this machine.</summary>
    public static string CpuModule() => File.ReadLines("/proc/self/maps")
        .Select(line => Path.GetFileName(line[(line.LastIndexOf(' ') + 1)..]))
        .First(name => name.StartsWith("libggml-cpu", StringComparison.Ordinal));

    /// <summary>The function called <paramref name="name"/>.</summary>
    public static nint Export(string name, string library = "ggml-base") => NativeLibrary.GetExport(Handles[library], name);

    public static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    private static Dictionary<string, nint> Handles { get; } = [];

    private static void Load(string folder, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            var file = Directory.GetFiles(folder, $"lib{name}.*so").Order(StringComparer.Ordinal).FirstOrDefault()
                ?? throw new FileNotFoundException($"no lib{name}.so in {folder}");
            // Full paths, in the order of their dependencies: each finds the ones before it by their names.
            Handles[name] = NativeLibrary.Load(Path.GetFullPath(file));
        }
        NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) => Handles.GetValueOrDefault(name));
    }

    [DllImport("ggml-base")]
    private static extern byte* ggml_version();

    [DllImport("ggml-base")]
    private static extern byte* ggml_commit();

    [DllImport("ggml")]
    private static extern void ggml_backend_load_all_from_path([MarshalAs(UnmanagedType.LPUTF8Str)] string folder);
}
