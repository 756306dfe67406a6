using System.CommandLine;
using MirroredMySql.Tool;
using MirroredMySql.Tool.Demo;

var root = new RootCommand("Works with MirroredMySql, which uses two MySQL or MariaDB servers as if they were one.")
{
    DemoCommand.Create(),
};
return await root.Parse(args).InvokeAsync(CommandLine.Configuration);
