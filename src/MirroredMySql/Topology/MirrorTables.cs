using MirroredMySql.Sql;

namespace MirroredMySql.Topology;

/// <summary>The tables that the mirror keeps in a node's database, by their full names.</summary>
internal sealed class MirrorTables(string database)
{
    /// <summary>What the names of all of them begin with.</summary>
    public const string Prefix = "mirror_";

    /// <summary>One row: who leads in which mode, and the token that every write is fenced by.</summary>
    public string State => Name("state");

    /// <summary>A row per writer: the number of its latest transaction that was committed here.</summary>
    public string Writer => Name("writer");

    /// <summary>The writes that the absent node has missed.</summary>
    public string Journal => Name("journal");

    /// <summary>Which of them the returned node has by now; written in the transaction that replays them.</summary>
    public string Applied => Name("applied");

    /// <summary>The tables that may differ between the nodes.</summary>
    public string Suspect => Name("suspect");

    /// <summary>The processes that use the pair, with the token that each goes by.</summary>
    public string Instance => Name("instance");

    /// <summary>What the other node wrote while both led alone, and lost.</summary>
    public string Conflict => Name("conflict");

    /// <summary>What creates them, where they are missing.</summary>
    public IReadOnlyList<string> Definitions =>
    [
        $"""
        CREATE TABLE IF NOT EXISTS {State} (
            id TINYINT NOT NULL PRIMARY KEY,
            epoch BIGINT NOT NULL,
            token CHAR(32) NOT NULL,
            previous CHAR(32) NOT NULL,
            mode VARCHAR(12) NOT NULL,
            lead_node VARCHAR(8) NOT NULL,
            reason VARCHAR(500) CHARACTER SET utf8mb4 NOT NULL,
            announced TINYINT NOT NULL,
            changed_at DATETIME(6) NOT NULL,
            changed_by VARCHAR(200) CHARACTER SET utf8mb4 NOT NULL
        ) ENGINE=InnoDB CHARACTER SET ascii COLLATE ascii_bin
        """,
        $"""
        CREATE TABLE IF NOT EXISTS {Writer} (
            id CHAR(32) NOT NULL PRIMARY KEY,
            number BIGINT NOT NULL,
            token CHAR(32) NOT NULL,
            tables MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL,
            instance CHAR(32) NOT NULL,
            KEY instance (instance)
        ) ENGINE=InnoDB CHARACTER SET ascii COLLATE ascii_bin
        """,
        $"""
        CREATE TABLE IF NOT EXISTS {Journal} (
            id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
            writer CHAR(32) NOT NULL,
            number BIGINT NOT NULL,
            tables MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL,
            entry LONGBLOB NOT NULL,
            written_at DATETIME(6) NOT NULL,
            size BIGINT GENERATED ALWAYS AS (LENGTH(tables)+LENGTH(entry)) STORED,
            UNIQUE KEY writer_number (writer, number),
            KEY measure (id, size)
        ) ENGINE=InnoDB CHARACTER SET ascii COLLATE ascii_bin
        """,
        $"""
        CREATE TABLE IF NOT EXISTS {Applied} (
            writer CHAR(32) NOT NULL,
            number BIGINT NOT NULL,
            PRIMARY KEY (writer, number)
        ) ENGINE=InnoDB CHARACTER SET ascii COLLATE ascii_bin
        """,
        $"""
        CREATE TABLE IF NOT EXISTS {Instance} (
            id CHAR(32) NOT NULL PRIMARY KEY,
            host VARCHAR(200) CHARACTER SET utf8mb4 NOT NULL,
            account VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
            token CHAR(32) NOT NULL,
            lease BIGINT NOT NULL,
            beat_at DATETIME(6) NOT NULL
        ) ENGINE=InnoDB CHARACTER SET ascii COLLATE ascii_bin
        """,
        $"""
        CREATE TABLE IF NOT EXISTS {Suspect} (
            name VARCHAR(190) NOT NULL PRIMARY KEY,
            reason VARCHAR(500) NOT NULL,
            since DATETIME(6) NOT NULL
        ) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """,
        $"""
        CREATE TABLE IF NOT EXISTS {Conflict} (
            id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
            node VARCHAR(8) NOT NULL,
            token CHAR(32) NOT NULL,
            writer CHAR(32) NOT NULL,
            number BIGINT NOT NULL,
            tables MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL,
            statements LONGTEXT CHARACTER SET utf8mb4 NOT NULL,
            entry LONGBLOB NOT NULL,
            written_at DATETIME(6) NULL,
            exported_at DATETIME(6) NOT NULL,
            UNIQUE KEY writer_number (node, writer, number)
        ) ENGINE=InnoDB CHARACTER SET ascii COLLATE ascii_bin
        """,
    ];

    private string Name(string name) => $"{Identifier.Quote(database)}.{Prefix}{name}";
}
