using Bantam.Benchmarks;

if (args is ["tokenizer-speed", var file, var text]) TokenizerSpeed.Serve(file, text);
else BenchmarkDotNet.Running.BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
