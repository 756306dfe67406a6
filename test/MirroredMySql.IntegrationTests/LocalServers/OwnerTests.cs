using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using MirroredMySql.LocalServers;

namespace MirroredMySql.IntegrationTests.LocalServers;

/// <summary>Nothing is left behind, however the process that started the servers ends.</summary>
[TestFixture(ServerFlavor.MariaDb)]
[TestFixture(ServerFlavor.MySql)]
internal sealed partial class OwnerTests(ServerFlavor flavor)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Test]
    public async Task Disposal_leaves_nothing_behind()
    {
        var server = await LocalServer.StartAsync(flavor);
        Trace[] traces = [new(server.ProcessId, Path.GetDirectoryName(server.DataFolder) ?? "")];
        Assert.That(Visible(traces), Is.EqualTo(traces));

        await server.DisposeAsync();
        await server.DisposeAsync();

        Assert.That(Visible(traces), Is.Empty);
    }

    [Test]
    public async Task A_killed_owner_leaves_nothing_behind([Values] bool suspended)
    {
        using var owner = await Owner.StartAsync(flavor);
        Assert.That(Visible(owner.Traces), Has.Length.EqualTo(2));
        if (suspended)
            Process.Start("kill", ["-STOP", .. owner.Traces.Select(trace => $"{trace.ProcessId}")]).WaitForExit();

        owner.Process.Kill();

        Assert.That(() => Visible(owner.Traces), Is.Empty.After((int)Patience.TotalMilliseconds, 20));
    }

    [Test]
    public async Task An_owner_that_ends_leaves_nothing_behind()
    {
        using var owner = await Owner.StartAsync(flavor);

        owner.Process.StandardInput.Close();
        await owner.Process.WaitForExitAsync();

        Assert.That(owner.Process.ExitCode, Is.Zero);
        Assert.That(Visible(owner.Traces), Is.Empty);
    }

    [Test]
    public async Task Servers_that_the_environment_names_are_used_as_they_are()
    {
        using var first = await Owner.StartAsync(flavor);
        using var second = await Owner.StartAsync(flavor, first.Variables);

        Assert.That(second.Variables, Is.EqualTo(first.Variables));
        Assert.That(second.Traces, Is.Empty);

        second.Process.StandardInput.Close();
        await second.Process.WaitForExitAsync();
        Assert.That(Visible(first.Traces), Is.EqualTo(first.Traces));
    }

    private static Trace[] Visible(Trace[] traces) => [.. traces.Where(trace => trace.IsVisible)];

    /// <summary>What a server leaves behind if nobody clears up.</summary>
    private sealed record Trace(int ProcessId, string Folder)
    {
        public bool IsVisible => IsAlive || Directory.Exists(Folder) || Directory.Exists(Folder + ".gone");

        // Where nobody reaps orphans (containers without an init), a dead process stays listed.
        private bool IsAlive
        {
            get
            {
                try
                {
                    return !File.ReadAllText($"/proc/{ProcessId}/stat").Contains(") Z ", StringComparison.Ordinal);
                }
                catch (IOException)
                {
                    return false;
                }
            }
        }
    }

    /// <summary>A process that has started a pair: the library's own program.</summary>
    private sealed partial class Owner : IDisposable
    {
        private Owner(Process process) => Process = process;

        public Process Process { get; }

        public Trace[] Traces { get; private set; } = [];

        public Dictionary<string, string> Variables { get; } = [];

        public static async Task<Owner> StartAsync(ServerFlavor flavor, Dictionary<string, string>? environment = null)
        {
            var start = new ProcessStartInfo("dotnet", ["exec", typeof(LocalServer).Assembly.Location, flavor.ToName()])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            };
            foreach (var name in new[] { "MIRROREDMYSQL_TEST_PRIMARY", "MIRROREDMYSQL_TEST_STANDBY" })
                start.Environment[name] = environment?[name];
            var owner = new Owner(Process.Start(start)!);
            while (owner.Variables.Count < 2 && await owner.Process.StandardOutput.ReadLineAsync() is { } line)
            {
                if (ProcessLine().Match(line) is { Success: true } process)
                {
                    var id = int.Parse(process.Groups[1].Value, CultureInfo.InvariantCulture);
                    owner.Traces = [.. owner.Traces, new Trace(id, Path.GetDirectoryName(process.Groups[2].Value)!)];
                }
                else if (VariableLine().Match(line) is { Success: true } variable)
                {
                    owner.Variables.Add(variable.Groups[1].Value, variable.Groups[2].Value);
                }
            }
            return owner;
        }

        public void Dispose()
        {
            Process.Kill();
            Process.Dispose();
        }

        [GeneratedRegex("^# process ([0-9]+), data in (.+)$")]
        private static partial Regex ProcessLine();

        [GeneratedRegex("^export ([A-Z_]+)='(.+)'$")]
        private static partial Regex VariableLine();
    }
}
