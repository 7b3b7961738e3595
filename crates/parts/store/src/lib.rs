//! The store part: relational data through one set of queries for SQLite, MariaDB/MySQL and PostgreSQL.
