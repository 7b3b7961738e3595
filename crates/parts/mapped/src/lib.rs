//! Files read in place from memory: immutable files mapped, their bytes seen as numbers, and their pages given back.
//!
//! A mapped page counts as the process's memory from its first touch until it is given back or the file is unmapped,
//! so whoever walks through whole files gives their pages back as it goes. That costs a little when they are touched
//! again and changes nothing else: the file's bytes stay in the system's cache as long as there is room.
//!
//! Besides the numeric kernels, this is the only unsafe code of the house.

#![allow(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

use std::fs::File;
use std::io;
use std::ops::{Deref, Range};
use std::sync::{Arc, Weak};

use memmap2::{Mmap, MmapOptions};
use stable_deref_trait::StableDeref;

#[cfg(target_endian = "big")]
compile_error!("files are little-endian and read in place; big-endian machines are not supported");

/// A mapped file, or a part of one; cheap to clone.
#[derive(Debug, Clone)]
pub struct Mapped(Arc<Mmap>);

/// A mapped file that is not kept mapped by this handle.
#[derive(Debug, Clone)]
pub struct WeakMapped(Weak<Mmap>);

/// How a file will be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// As the system thinks best: it reads ahead.
    Any,
    /// Here and there: nothing is read ahead but by [`Mapped::read_ahead`].
    Random,
}

impl Mapped {
    /// Maps a whole file, which nobody may write or shorten as long as it is mapped. To rename or remove it is fine.
    pub fn new(file: &File, access: Access) -> io::Result<Mapped> {
        // SAFETY: a mapping is undefined when its file changes underneath. Callers map files that are complete: segments
        // are written under another name, renamed and never written again; spools belong to one writer and are mapped
        // after its last write; model folders are replaced as a whole. The data folder has one owner.
        let map = unsafe { Mmap::map(file)? };
        #[cfg(unix)]
        if access == Access::Random {
            map.advise(memmap2::Advice::Random)?;
        }
        Ok(Mapped(Arc::new(map)))
    }

    /// [`new`](Self::new) of some bytes of a file, which must lie within it.
    pub fn part(file: &File, bytes: Range<usize>) -> io::Result<Mapped> {
        // SAFETY: as in `new`.
        let map = unsafe { MmapOptions::new().offset(bytes.start as u64).len(bytes.len()).map(file)? };
        Ok(Mapped(Arc::new(map)))
    }

    /// Starts reading bytes from disk. Without it a mapped file comes page by page.
    pub fn read_ahead(&self, bytes: Range<usize>) {
        // advice that is not taken costs time only
        #[cfg(unix)]
        if !bytes.is_empty() {
            let _ = self.0.advise_range(memmap2::Advice::WillNeed, bytes.start, bytes.len());
        }
    }

    /// Gives back the memory of the pages that hold these bytes; what is read again comes from the system's cache or
    /// from disk.
    pub fn give_back(&self, bytes: Range<usize>) {
        #[cfg(unix)]
        if !bytes.is_empty() {
            // SAFETY: pages of a read-only mapping of a file hold nothing but the file's bytes, with which the next
            // touch fills them again; a slice that somebody holds stays valid.
            let _ = unsafe {
                self.0.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, bytes.start, bytes.len())
            };
        }
    }

    /// A handle that does not keep the file mapped.
    pub fn downgrade(&self) -> WeakMapped {
        WeakMapped(Arc::downgrade(&self.0))
    }
}

impl WeakMapped {
    /// The mapped file, if somebody still keeps it.
    pub fn upgrade(&self) -> Option<Mapped> {
        self.0.upgrade().map(Mapped)
    }
}

impl Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

// SAFETY: the bytes lie where the mapping put them, however the handle moves.
unsafe impl StableDeref for Mapped {}

/// Plain numbers without padding for which every bit pattern is a value.
///
/// # Safety
/// An implementor must have neither padding nor invalid bit patterns.
pub unsafe trait Plain: Copy + 'static {}
// SAFETY: integers and IEEE floats accept any bits and have no padding.
unsafe impl Plain for u8 {}
unsafe impl Plain for u32 {}
unsafe impl Plain for u64 {}
unsafe impl Plain for f32 {}
unsafe impl Plain for half::f16 {}

/// Bytes as numbers; `None` when they are misaligned or end within a number.
pub fn typed<T: Plain>(bytes: &[u8]) -> Option<&[T]> {
    // SAFETY: `T` is `Plain`, so any bytes are valid values; `align_to` itself keeps to alignment and bounds.
    let (head, body, tail) = unsafe { bytes.align_to::<T>() };
    (head.is_empty() && tail.is_empty()).then_some(body)
}

/// Numbers as bytes in memory order, which is the file's order.
pub fn bytes_of<T: Plain>(values: &[T]) -> &[u8] {
    // SAFETY: `T` has no padding, so all its bytes are initialised; the length is the slice's own size in bytes.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), std::mem::size_of_val(values)) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn mapped(bytes: &[u8]) -> Mapped {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Mapped::new(&file, Access::Random).unwrap()
    }

    #[test]
    fn bytes_are_the_same_after_their_pages_were_given_back() {
        let bytes: Vec<u8> = (0..100_000u32).map(|i| (i % 251) as u8).collect();
        let map = mapped(&bytes);
        let held = &map[50_000..50_010];
        for range in [0..100_000, 10..20, 5_000..70_000, 7..7] {
            map.give_back(range);
            assert_eq!(&*map, &bytes[..]);
        }
        assert_eq!(held, &bytes[50_000..50_010]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn pages_given_back_are_not_resident() {
        let map = mapped(&vec![7u8; 64 << 20]);
        let resident = || -> usize {
            let place = format!("{:x}-", map.as_ptr() as usize);
            let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
            let own = maps.lines().skip_while(|line| !line.starts_with(&place));
            let rss = own.skip(1).find_map(|line| line.strip_prefix("Rss:")).unwrap();
            rss.trim().trim_end_matches(" kB").parse().unwrap()
        };
        assert_eq!(map.iter().map(|&byte| u64::from(byte)).sum::<u64>(), 7 * (64 << 20));
        assert!(resident() >= 64 << 10, "all pages were touched");
        map.give_back(0..map.len());
        assert!(resident() < 1 << 10, "{} KiB stay", resident());
    }

    #[test]
    fn a_weak_handle_lets_go() {
        let map = mapped(b"abc");
        let weak = map.downgrade();
        assert_eq!(weak.upgrade().as_deref(), Some(&b"abc"[..]));
        drop(map);
        assert!(weak.upgrade().is_none());
    }

    #[test]
    fn numbers_and_bytes() {
        let numbers = [1.5f32, -2.0, 0.0];
        let map = mapped(bytes_of(&numbers));
        assert_eq!(typed::<f32>(&map), Some(&numbers[..]));
        assert_eq!(typed::<f32>(&map[1..]), None, "misaligned");
        assert_eq!(typed::<f32>(&map[..6]), None, "ends within a number");
        assert_eq!(typed::<u64>(&[]), Some(&[][..]));
    }

    #[test]
    fn a_part_of_a_file() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        assert_eq!(&*Mapped::part(&file, 3..6).unwrap(), b"345");
    }
}
