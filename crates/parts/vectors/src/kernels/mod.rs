//! The numeric kernels.

mod portable;

/// Inner product of two vectors of equal length.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    portable::dot(a, b)
}
