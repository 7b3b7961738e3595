//! The blobs part: objects by path, with `object_store`'s contract.
