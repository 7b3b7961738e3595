mod collections;
mod dead_letters;
mod embeddings;
mod imports;
mod items;
mod search;
mod sources;
