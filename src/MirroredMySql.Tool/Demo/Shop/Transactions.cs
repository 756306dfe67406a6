using System.Data.Common;
using Dapper;

namespace MirroredMySql.Tool.Demo.Shop;

/// <summary>What the shop does in transactions.</summary>
internal static class Transactions
{
    private const string GiftSavepoint = "gift";

    public static async Task<Receipt> PlaceOrderAsync(MirroredDbConnection connection)
    {
        int[] products = [.. Enumerable.Range(0, Random.Shared.Next(1, 5)).Select(_ => Autocommit.AnyProduct()).Distinct()];
        var quantity = Random.Shared.Next(1, 4);
        await using var transaction = await connection.BeginTransactionAsync();
        var order = await connection.ExecuteScalarAsync<long>(
            "INSERT INTO orders (customer_id, note) VALUES (@Customer, @Note); SELECT LAST_INSERT_ID()",
            new { Customer = Autocommit.AnyCustomer(), Note = ShopTexts.Note() }, transaction);
        await connection.ExecuteAsync(
            """
            INSERT INTO order_lines (order_id, product_id, quantity, price)
            SELECT @order, id, @quantity, price FROM products WHERE id IN @products
            """,
            new { order, quantity, products }, transaction);
        var taken = await connection.ExecuteAsync(
            "UPDATE stock SET quantity = quantity - @quantity WHERE warehouse = 1 AND quantity >= @quantity AND product_id IN @products",
            new { quantity, products }, transaction);
        var changedTheirMind = Random.Shared.Next(10) == 0;
        if (taken < products.Length || changedTheirMind)
        {
            await transaction.RollbackAsync();
            return Receipt.RolledBack;
        }

        var wrapped = await WrapAsync(connection, transaction, order);
        await connection.ExecuteAsync(
            "UPDATE orders SET total = (SELECT SUM(quantity * price) FROM order_lines WHERE order_id = @order) WHERE id = @order",
            new { order }, transaction);
        await transaction.CommitAsync();
        return new Receipt(wrapped ? 5 : 4, ("orders", 1), ("order_lines", products.Length + (wrapped ? 1 : 0)));
    }

    // The gift wrap is put on the order, and often taken off again.
    private static async Task<bool> WrapAsync(MirroredDbConnection connection, DbTransaction transaction, long order)
    {
        await transaction.SaveAsync(GiftSavepoint);
        await connection.ExecuteAsync(
            "INSERT INTO order_lines (order_id, product_id, quantity, price) VALUES (@order, @product, 1, 2.50)",
            new { order, product = ShopSchema.GiftWrap }, transaction);
        if (Random.Shared.Next(2) == 0)
        {
            await transaction.RollbackAsync(GiftSavepoint);
            return false;
        }
        await transaction.ReleaseAsync(GiftSavepoint);
        return true;
    }

    // Two of these that move the same product in opposite directions deadlock; the worker runs the victim again.
    public static async Task<Receipt> MoveStockAsync(MirroredDbConnection connection)
    {
        var product = Random.Shared.Next(1, ShopSchema.MovingProducts + 1);
        var from = Random.Shared.Next(1, ShopSchema.Warehouses + 1);
        var to = (from % ShopSchema.Warehouses) + 1;
        if (Random.Shared.Next(2) == 0)
            (from, to) = (to, from);
        var quantity = Random.Shared.Next(1, 20);
        await using var transaction = await connection.BeginTransactionAsync();
        var taken = await connection.ExecuteAsync(
            "UPDATE stock SET quantity = quantity - @quantity WHERE product_id = @product AND warehouse = @from AND quantity >= @quantity",
            new { quantity, product, from }, transaction);
        if (taken == 0)
        {
            await transaction.RollbackAsync();
            return Receipt.RolledBack;
        }

        await connection.ExecuteAsync(
            "UPDATE stock SET quantity = quantity + @quantity WHERE product_id = @product AND warehouse = @to",
            new { quantity, product, to }, transaction);
        await connection.ExecuteAsync(
            "INSERT INTO movements (product_id, from_warehouse, to_warehouse, quantity) VALUES (@product, @from, @to, @quantity)",
            new { product, from, to, quantity }, transaction);
        await transaction.CommitAsync();
        return new Receipt(3, ("movements", 1));
    }

    // The order's lines go with it, by the foreign key.
    public static async Task<Receipt> CancelOrderAsync(MirroredDbConnection connection)
    {
        var order = await Autocommit.AnyOrderAsync(connection);
        await using var transaction = await connection.BeginTransactionAsync();
        var lines = (await connection.QueryAsync<int>(
            "SELECT l.product_id FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.id = @order AND o.status = 'new' FOR UPDATE",
            new { order }, transaction)).AsList();
        if (lines.Count == 0)
        {
            await transaction.RollbackAsync();
            return Receipt.RolledBack;
        }

        await connection.ExecuteAsync("DELETE FROM orders WHERE id = @order", new { order }, transaction);
        await transaction.CommitAsync();
        return new Receipt(1, ("orders", -1), ("order_lines", -lines.Count));
    }
}
