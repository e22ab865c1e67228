using System.Runtime.InteropServices;
using Bantam.Cli;

using var interrupted = new CancellationTokenSource();
// The first Ctrl-C asks the verb to stop and clean up; the second ends the program as usual.
void Stop(PosixSignalContext context)
{
    context.Cancel = !interrupted.IsCancellationRequested;
    interrupted.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await CommandLine.RunAsync(args, CliOutput.OfConsole(), interrupted.Token);
