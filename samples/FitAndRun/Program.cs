// Does a model fit this machine? Then write with one that does, and talk with it where it was taught to.
//   dotnet run --project samples/FitAndRun -- small.gguf
using Bantam;
using Bantam.Sizing;

var fit = FitReport.Of(Footprint.Of(ModelCatalog.Find("gemma-2b").Config), DeviceProbe.ThisMachine());
foreach (var row in fit.Rows) Console.WriteLine($"{row.Format}: {row.Verdict}, up to {row.LongestContext} tokens");

if (args is not [var path]) return;
using var model = LanguageModel.Load(path);
foreach (var text in model.Generate("Once upon a time")) Console.Write(text);
Console.WriteLine();
if (model.Checkpoint.ChatTemplate is null) return;

var chat = new ChatSession(model);
foreach (var piece in chat.Ask("Who are you?")) Console.Write(piece.Text);
Console.WriteLine();
