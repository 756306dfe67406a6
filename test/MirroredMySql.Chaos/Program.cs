using MirroredMySql.Chaos.Clients;
using MirroredMySql.Chaos.Control;
using MirroredMySql.Chaos.Work;
using MirroredMySql.Tool;

var root = ChaosCommand.Create();
root.Add(WorkCommand.Create());
root.Add(ClientCommand.Create());
return await root.Parse(args).InvokeAsync(CommandLine.Configuration);
