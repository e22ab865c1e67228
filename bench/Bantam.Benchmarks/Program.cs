using Bantam.Benchmarks;

switch (args)
{
    case ["tokenizer-speed", var file, var text]: TokenizerSpeed.Serve(file, text); return 0;
    case ["kernels", .. var rest]: return KernelTable.Print(rest);
    default: BenchmarkDotNet.Running.BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args); return 0;
}
