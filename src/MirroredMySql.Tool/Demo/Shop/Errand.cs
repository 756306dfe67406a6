namespace MirroredMySql.Tool.Demo.Shop;

/// <summary>One thing that happens in the shop.</summary>
/// <param name="Weight">How often it happens, compared with the others.</param>
/// <param name="RunAsync">Does it on an open connection.</param>
internal sealed record Errand(int Weight, Func<MirroredDbConnection, Task<Receipt>> RunAsync)
{
    private static readonly Errand[] All =
    [
        new(20, Autocommit.CountViewsAsync),
        new(10, Autocommit.WelcomeCustomerAsync),
        new(10, Autocommit.RateAndRepriceAsync),
        new(8, Autocommit.ChangePreferencesAsync),
        new(8, Autocommit.ShipAsync),
        new(4, Autocommit.TakePictureAsync),
        new(2, Autocommit.RestockAsync),
        new(15, Autocommit.BrowseAsync),
        new(20, Transactions.PlaceOrderAsync),
        new(20, Transactions.MoveStockAsync),
        new(5, Transactions.CancelOrderAsync),
    ];

    private static readonly int TotalWeight = All.Sum(errand => errand.Weight);

    public static Errand Any()
    {
        var ticket = Random.Shared.Next(TotalWeight);
        return All.First(errand => (ticket -= errand.Weight) < 0);
    }
}
