//! Tensors from safetensors files: one file or shards, in f32, f16 or bf16.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use catalejo_mapped::{Access, Mapped, typed};
use catalejo_port::PortResult;
use half::{bf16, f16};
use safetensors::tensor::TensorInfo;
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use crate::config::{broken, missing, read_json_if_there};

/// The open weight files of one folder.
pub(crate) struct Weights {
    shards: Vec<Shard>,
    /// What stands before every name, e.g. `bert.`.
    prefix: String,
}

struct Shard {
    path: PathBuf,
    map: Mapped,
    /// Where the tensors' data begins.
    data: usize,
    tensors: BTreeMap<String, TensorInfo>,
}

impl Weights {
    /// Opens `model.safetensors`, or the shards that `model.safetensors.index.json` names.
    pub fn open(folder: &Path) -> PortResult<Self> {
        let shards = Self::files(folder)?.into_iter().map(Shard::open).collect::<PortResult<_>>()?;
        Ok(Self { shards, prefix: String::new() })
    }

    /// The files that hold the tensors.
    pub fn files(folder: &Path) -> PortResult<Vec<PathBuf>> {
        #[derive(Deserialize)]
        struct Index {
            weight_map: BTreeMap<String, String>,
        }
        let single = folder.join("model.safetensors");
        if single.exists() {
            return Ok(vec![single]);
        }
        let index_path = folder.join("model.safetensors.index.json");
        let Some(index) = read_json_if_there::<Index>(&index_path)? else {
            let why = if folder.join("pytorch_model.bin").exists() {
                "the folder has only pytorch_model.bin; save the model as safetensors"
            } else {
                "it holds the weights"
            };
            return Err(missing(&single, why));
        };
        let mut names: Vec<_> = index.weight_map.into_values().collect();
        names.sort();
        names.dedup();
        if names.iter().any(|name| name.contains(['/', '\\'])) {
            return Err(broken(&index_path, "names a file outside the folder"));
        }
        Ok(names.into_iter().map(|name| folder.join(name)).collect())
    }

    /// Finds out what stands before the name `known`, which every model of the family has.
    pub fn detect_prefix(mut self, known: &str) -> PortResult<Self> {
        let names = self.shards.iter().flat_map(|shard| shard.tensors.keys());
        let prefix = names.filter_map(|name| name.strip_suffix(known)).min_by_key(|prefix| prefix.len());
        match prefix {
            Some(prefix) => self.prefix = prefix.to_owned(),
            None => return Err(self.lacks(known)),
        }
        Ok(self)
    }

    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_ok()
    }

    /// A tensor of exactly this shape, in f32.
    pub fn tensor(&self, name: &str, shape: &[usize]) -> PortResult<Vec<f32>> {
        let (shard, info) = self.find(name)?;
        shard.check_shape(name, info, shape)?;
        shard.floats(name, info)
    }

    /// A tensor of this many columns and any number of rows, in f32; mapped, not read, where the file allows it.
    pub fn table(&self, name: &str, columns: usize) -> PortResult<Table> {
        let (shard, info) = self.find(name)?;
        if info.shape.len() != 2 || info.shape[1] != columns {
            return Err(shard.other_shape(name, info, &format!("[any, {columns}]")));
        }
        let range = shard.range(info);
        let floats = match shard.map_floats(info, &range)? {
            Some(map) => TableFloats::Mapped(map),
            None => TableFloats::Owned(shard.floats(name, info)?),
        };
        Ok(Table { floats, columns })
    }

    fn find(&self, name: &str) -> PortResult<(&Shard, &TensorInfo)> {
        let full = format!("{}{name}", self.prefix);
        let found = self.shards.iter().find_map(|shard| Some((shard, shard.tensors.get(&full)?)));
        found.ok_or_else(|| self.lacks(&full))
    }

    fn lacks(&self, name: &str) -> catalejo_port::PortError {
        let path = self.shards.first().map_or(Path::new("model.safetensors"), |shard| &shard.path);
        broken(path, format!("the tensor `{name}` is missing"))
    }
}

impl Shard {
    fn open(path: PathBuf) -> PortResult<Self> {
        let file = File::open(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => missing(&path, "it holds weights"),
            _ => broken(&path, "cannot be opened").with_source(error),
        })?;
        let map = Mapped::new(&file, Access::Any)
            .map_err(|error| broken(&path, "cannot be mapped").with_source(error))?;
        let (header, metadata) = SafeTensors::read_metadata(&map)
            .map_err(|error| broken(&path, "is not a whole safetensors file").with_source(error))?;
        let tensors = metadata.tensors().into_iter().map(|(name, info)| (name, info.clone())).collect();
        Ok(Self { data: header + size_of::<u64>(), path, map, tensors })
    }

    fn range(&self, info: &TensorInfo) -> Range<usize> {
        self.data + info.data_offsets.0..self.data + info.data_offsets.1
    }

    fn check_shape(&self, name: &str, info: &TensorInfo, shape: &[usize]) -> PortResult<()> {
        if info.shape == shape { Ok(()) } else { Err(self.other_shape(name, info, &format!("{shape:?}"))) }
    }

    fn other_shape(&self, name: &str, info: &TensorInfo, wanted: &str) -> catalejo_port::PortError {
        let why = format!(
            "the tensor `{name}` has the shape {:?}, but the configuration asks for {wanted}",
            info.shape
        );
        broken(&self.path, why)
    }

    fn floats(&self, name: &str, info: &TensorInfo) -> PortResult<Vec<f32>> {
        let bytes = &self.map[self.range(info)];
        match info.dtype {
            Dtype::F32 => Ok(bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()),
            Dtype::F16 => Ok(bytes.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect()),
            Dtype::BF16 => Ok(bytes.as_chunks().0.iter().map(|b| bf16::from_le_bytes(*b).to_f32()).collect()),
            other => {
                let why = format!("the tensor `{name}` is {other:?}; the known ones are F32, F16 and BF16");
                Err(broken(&self.path, why))
            }
        }
    }

    /// A map of this tensor alone, if its bytes can be used as they are.
    fn map_floats(&self, info: &TensorInfo, range: &Range<usize>) -> PortResult<Option<Mapped>> {
        let aligned = range.start.is_multiple_of(align_of::<f32>());
        if info.dtype != Dtype::F32 || !aligned || cfg!(target_endian = "big") || range.is_empty() {
            return Ok(None);
        }
        let map = File::open(&self.path).and_then(|file| Mapped::part(&file, range.clone()));
        map.map(Some).map_err(|error| broken(&self.path, "cannot be mapped").with_source(error))
    }
}

/// A matrix that is looked up by rows.
pub(crate) struct Table {
    floats: TableFloats,
    columns: usize,
}

enum TableFloats {
    Mapped(Mapped),
    Owned(Vec<f32>),
}

impl Table {
    pub fn rows(&self) -> usize {
        self.floats().len() / self.columns
    }

    /// The row, or `None` past the end.
    pub fn row(&self, index: usize) -> Option<&[f32]> {
        self.floats().get(index * self.columns..(index + 1) * self.columns)
    }

    fn floats(&self) -> &[f32] {
        match &self.floats {
            TableFloats::Mapped(map) => typed(map).expect("`map_floats` maps whole, aligned floats"),
            TableFloats::Owned(floats) => floats,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::tensor::{TensorView, serialize};

    fn write(folder: &Path, file: &str, tensors: Vec<(&str, Dtype, Vec<usize>, Vec<u8>)>) {
        let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
            (*name, TensorView::new(*dtype, shape.clone(), bytes).unwrap())
        });
        std::fs::write(folder.join(file), serialize(views, None).unwrap()).unwrap();
    }

    fn bytes<const N: usize>(numbers: &[f32], f: impl Fn(f32) -> [u8; N]) -> Vec<u8> {
        numbers.iter().flat_map(|&x| f(x)).collect()
    }

    #[test]
    fn reads_every_float_format_prefix_and_shard() {
        let folder = tempfile::tempdir().unwrap();
        let numbers = [1.0, -0.5, 2.25, 0.0, 8.0, -16.0];
        let shape = vec![3, 2];
        let f32s = bytes(&numbers, f32::to_le_bytes);
        let f16s = bytes(&numbers, |x| f16::from_f32(x).to_le_bytes());
        let bf16s = bytes(&numbers, |x| bf16::from_f32(x).to_le_bytes());
        write(folder.path(), "a.safetensors", vec![("bert.single", Dtype::F32, shape.clone(), f32s)]);
        write(
            folder.path(),
            "b.safetensors",
            vec![("bert.half", Dtype::F16, shape.clone(), f16s), ("bert.brain", Dtype::BF16, shape, bf16s)],
        );
        let index = r#"{"weight_map": {"bert.single": "a.safetensors", "bert.half": "b.safetensors"}}"#;
        std::fs::write(folder.path().join("model.safetensors.index.json"), index).unwrap();

        let weights = Weights::open(folder.path()).unwrap().detect_prefix("single").unwrap();
        for name in ["single", "half", "brain"] {
            assert_eq!(weights.tensor(name, &[3, 2]).unwrap(), numbers, "{name}");
            let table = weights.table(name, 2).unwrap();
            assert_eq!((table.rows(), table.row(2), table.row(3)), (3, Some(&numbers[4..]), None), "{name}");
        }
        let message = weights.tensor("half", &[2, 3]).unwrap_err().to_string();
        assert!(message.contains("b.safetensors") && message.contains("[3, 2]"), "{message}");
        let message = weights.tensor("third", &[2, 3]).unwrap_err().to_string();
        assert!(message.contains("`bert.third` is missing"), "{message}");
    }

    #[test]
    fn a_missing_or_torn_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let message = |folder| Weights::open(folder).err().unwrap().to_string();
        assert!(message(folder.path()).contains("model.safetensors is missing"));
        std::fs::write(folder.path().join("pytorch_model.bin"), b"x").unwrap();
        assert!(message(folder.path()).contains("save the model as safetensors"));
        write(folder.path(), "model.safetensors", vec![("x", Dtype::F32, vec![4], vec![0; 16])]);
        let whole = std::fs::read(folder.path().join("model.safetensors")).unwrap();
        std::fs::write(folder.path().join("model.safetensors"), &whole[..whole.len() - 4]).unwrap();
        assert!(message(folder.path()).contains("model.safetensors: is not a whole safetensors file"));
    }
}
