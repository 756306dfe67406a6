using System.Data.Common;
using System.Reflection;

namespace MirroredMySql.Tests.Surface;

/// <summary>Finds the members of ADO.NET's base classes that a type leaves to them.</summary>
internal static class Overrides
{
    /// <summary>The base classes whose every virtual member has a default that is wrong for a decorator.</summary>
    public static readonly Type[] Bases =
    [
        typeof(DbConnection), typeof(DbCommand), typeof(DbTransaction), typeof(DbDataReader), typeof(DbBatch), typeof(DbBatchCommand),
        typeof(DbBatchCommandCollection), typeof(DbDataSource), typeof(DbProviderFactory), typeof(DbException),
    ];

    private const BindingFlags Everything = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>The members, as <c>Name(parameter types)</c>, that <paramref name="type"/> could override and does not.</summary>
    public static IEnumerable<string> MissingIn(Type type) =>
        from method in type.GetMethods(Everything)
        where method is { IsVirtual: true, IsFinal: false } && (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly)
        where Bases.Contains(method.GetBaseDefinition().DeclaringType) && method.DeclaringType != type
        let signature = $"{method.Name}({string.Join(", ", method.GetParameters().Select(p => p.ParameterType.Name))})"
        orderby signature
        select signature;
}
