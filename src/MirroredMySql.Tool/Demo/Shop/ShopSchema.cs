using Dapper;
using MirroredMySql.LocalServers;

namespace MirroredMySql.Tool.Demo.Shop;

/// <summary>The tables of a small shop and what they hold when it opens. All of it goes through the mirror.</summary>
internal static class ShopSchema
{
    public const int Customers = 100;
    public const int Products = 24;
    public const int Warehouses = 3;

    /// <summary>The product that wraps up a gift; it is not kept in stock.</summary>
    public const int GiftWrap = Products + 1;

    /// <summary>The first so many products are moved between warehouses all the time, so that transactions meet.</summary>
    public const int MovingProducts = 5;

    private const int OpeningStock = 500;

    private static readonly (string Name, string Sql)[] Tables =
    [
        ("customers",
            """
            CREATE TABLE customers (
              id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
              name VARCHAR(80) NOT NULL,
              email VARCHAR(120) NOT NULL UNIQUE,
              city VARCHAR(60) NULL,
              preferences JSON NOT NULL,
              joined_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
              changed_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """),
        ("products",
            """
            CREATE TABLE products (
              id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
              name VARCHAR(100) NOT NULL UNIQUE,
              description TEXT NULL,
              price DECIMAL(10,2) NOT NULL,
              weight FLOAT NOT NULL,
              rating DOUBLE NOT NULL DEFAULT 0,
              ratings INT UNSIGNED NOT NULL DEFAULT 0,
              picture MEDIUMBLOB NULL,
              changed_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """),
        ("stock",
            """
            CREATE TABLE stock (
              product_id INT UNSIGNED NOT NULL,
              warehouse TINYINT UNSIGNED NOT NULL,
              quantity INT NOT NULL,
              counted_on DATE NULL,
              PRIMARY KEY (product_id, warehouse),
              FOREIGN KEY (product_id) REFERENCES products (id)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """),
        ("movements",
            """
            CREATE TABLE movements (
              id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
              product_id INT UNSIGNED NOT NULL,
              from_warehouse TINYINT UNSIGNED NOT NULL,
              to_warehouse TINYINT UNSIGNED NOT NULL,
              quantity INT NOT NULL,
              moved_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
              FOREIGN KEY (product_id) REFERENCES products (id)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """),
        ("orders",
            """
            CREATE TABLE orders (
              id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
              customer_id INT UNSIGNED NOT NULL,
              status ENUM('new', 'shipped') NOT NULL DEFAULT 'new',
              total DECIMAL(12,2) NULL,
              note TEXT NULL,
              placed_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
              changed_at TIMESTAMP(6) NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP(6),
              FOREIGN KEY (customer_id) REFERENCES customers (id)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """),
        ("order_lines",
            """
            CREATE TABLE order_lines (
              order_id BIGINT UNSIGNED NOT NULL,
              product_id INT UNSIGNED NOT NULL,
              quantity INT UNSIGNED NOT NULL,
              price DECIMAL(10,2) NOT NULL,
              PRIMARY KEY (order_id, product_id),
              FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
              FOREIGN KEY (product_id) REFERENCES products (id)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """),
        ("page_views",
            """
            CREATE TABLE page_views (
              page VARCHAR(60) NOT NULL,
              viewed_on DATE NOT NULL,
              views INT UNSIGNED NOT NULL,
              last_at TIME(6) NULL,
              PRIMARY KEY (page, viewed_on)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
            """),
    ];

    /// <exception cref="LocalServerException">The database, one of the user's own, has tables of these names already.</exception>
    public static async Task RequireAbsentAsync(MirroredDbDataSource mirror, CancellationToken cancellationToken)
    {
        await using var connection = await mirror.OpenConnectionAsync(cancellationToken);
        var taken = await connection.QueryAsync<string>(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name IN @Names ORDER BY 1",
            new { Names = Tables.Select(table => table.Name) });
        if (taken.AsList() is { Count: > 0 } names)
        {
            throw new LocalServerException(
                $"The demo needs the names of tables that {connection.Database} has already: {string.Join(", ", names)}. Give it an empty database.");
        }
    }

    /// <summary>Creates the tables and opens the shop.</summary>
    /// <returns>The writes that this took, and the rows that every table has now.</returns>
    public static async Task<Receipt> CreateAsync(MirroredDbDataSource mirror, CancellationToken cancellationToken)
    {
        await using var connection = await mirror.OpenConnectionAsync(cancellationToken);
        foreach (var (_, sql) in Tables)
            await connection.ExecuteAsync(sql);

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(
            "INSERT INTO customers (name, email, city, preferences) VALUES (@Name, @Email, @City, @Preferences)",
            Enumerable.Range(1, Customers).Select(number => ShopTexts.Customer($"customer{number}@shop.example")), transaction);
        await connection.ExecuteAsync(
            "INSERT INTO products (name, description, price, weight) VALUES (@Name, @Description, @Price, @Weight)",
            Enumerable.Range(1, GiftWrap).Select(ShopTexts.Product), transaction);
        await connection.ExecuteAsync(
            "INSERT INTO stock (product_id, warehouse, quantity) VALUES (@Product, @Warehouse, @Quantity)",
            from product in Enumerable.Range(1, Products)
            from warehouse in Enumerable.Range(1, Warehouses)
            select new { Product = product, Warehouse = warehouse, Quantity = OpeningStock },
            transaction);
        await transaction.CommitAsync(cancellationToken);
        return new Receipt(
            Tables.Length + Customers + GiftWrap + (Products * Warehouses),
            ("customers", Customers), ("products", GiftWrap), ("stock", Products * Warehouses),
            ("movements", 0), ("orders", 0), ("order_lines", 0));
    }

    /// <summary>Removes the tables from servers that stay.</summary>
    public static async Task DropAsync(MirroredDbDataSource mirror)
    {
        await using var connection = await mirror.OpenConnectionAsync();
        foreach (var (name, _) in Tables.Reverse())
            await connection.ExecuteAsync($"DROP TABLE IF EXISTS {name}");
    }
}
