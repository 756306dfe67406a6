using MirroredMySql.Tool.Demo.Load;

namespace MirroredMySql.Tool.Demo.View;

/// <summary>Shows a load while it runs.</summary>
internal interface ILoadView
{
    /// <summary>Runs the watcher, which calls what it is given about once a second and last when all is over.</summary>
    Task RunAsync(Func<Action<LoadFigures>, Task> watch);
}
