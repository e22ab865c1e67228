using System.Runtime.InteropServices;
using Bantam.Cli;

using var interrupted = new CancellationTokenSource();
var output = CliOutput.OfConsole();
// The first Ctrl-C asks the verb to stop and clean up, unless it has a use of its own for it; the second ends the program as usual.
void Stop(PosixSignalContext context)
{
    if (context.Signal is PosixSignal.SIGINT && output.Interrupted?.Invoke() == true)
    {
        context.Cancel = true;
        return;
    }
    context.Cancel = !interrupted.IsCancellationRequested;
    interrupted.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await CommandLine.RunAsync(args, output, interrupted.Token);
