use serde::{Deserialize, Serialize};

/// What a copy of a database holds, to prove that it is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Its tables by name.
    pub tables: Vec<TableSummary>,
}

/// What one table holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSummary {
    /// The table's name.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
    /// Hash over all values, independent of the rows' order, in hexadecimal digits.
    pub hash: String,
}
