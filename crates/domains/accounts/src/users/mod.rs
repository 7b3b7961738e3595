//! What is done with users.

mod directory;
