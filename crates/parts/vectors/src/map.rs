//! Memory-mapped files and typed views of their bytes: the only unsafe code besides the numeric kernels.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;

use memmap2::{Advice, Mmap};

#[cfg(target_endian = "big")]
compile_error!("segment files are little-endian and read in place; big-endian machines are not supported");

/// Plain numbers without padding for which every bit pattern is a value.
///
/// # Safety
/// An implementor must have neither padding nor invalid bit patterns.
pub(crate) unsafe trait Plain: Copy + 'static {}
// SAFETY: integers and IEEE floats accept any bits and have no padding.
unsafe impl Plain for u8 {}
unsafe impl Plain for u32 {}
unsafe impl Plain for u64 {}
unsafe impl Plain for f32 {}
unsafe impl Plain for half::f16 {}

/// Bytes as numbers; `None` when they are misaligned or end within a number.
pub(crate) fn typed<T: Plain>(bytes: &[u8]) -> Option<&[T]> {
    // SAFETY: `T` is `Plain`, so any bytes are valid values; `align_to` itself keeps to alignment and bounds.
    let (head, body, tail) = unsafe { bytes.align_to::<T>() };
    (head.is_empty() && tail.is_empty()).then_some(body)
}

/// Numbers as bytes in memory order, which is the file's order.
pub(crate) fn bytes_of<T: Plain>(values: &[T]) -> &[u8] {
    // SAFETY: `T` has no padding, so all its bytes are initialised; the length is the slice's own size in bytes.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), std::mem::size_of_val(values)) }
}

/// Maps a file for reading in no particular order.
pub(crate) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: a mapping is undefined when its file changes underneath. Segments are written under another name, renamed
    // when complete and never written again; spools belong to one writer and are mapped after its last write. The data
    // folder has one owner, so nobody else writes there. Removing a mapped file keeps its pages.
    let map = unsafe { Mmap::map(file)? };
    #[cfg(unix)]
    map.advise(Advice::Random)?;
    Ok(map)
}
