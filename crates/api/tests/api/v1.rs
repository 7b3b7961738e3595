mod collections;
mod embeddings;
mod imports;
mod items;
mod search;
mod sources;
