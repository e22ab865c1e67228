using Bantam;
using Bantam.Benchmarks;
using Bantam.Benchmarks.Models;

try
{
    switch (args)
    {
        case ["tokenizer-speed", var file, var text]: TokenizerSpeed.Serve(file, text); return 0;
        case ["kernels", .. var rest]: return KernelTable.Print(rest);
        case ["generate", var shape, var format, var path]: return RandomModel.Write(shape, format, path);
        default: BenchmarkDotNet.Running.BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args); return 0;
    }
}
catch (BantamException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
