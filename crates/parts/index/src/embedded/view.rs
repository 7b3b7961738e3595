//! One consistent state of an index, as searches see it.

use std::path::Path;
use std::sync::Arc;

use catalejo_port::{PortError, PortResult};
use catalejo_vectors::SegmentView;
use serde_json::{Map, Value as Json};
use tantivy::columnar::{Column, StrColumn};
use tantivy::index::{InvertedIndexReader, SegmentReader};
use tantivy::postings::TermInfo;
use tantivy::schema::{IndexRecordOption, Value as _};
use tantivy::{DocAddress, DocId, DocSet, Searcher, TERMINATED, TantivyDocument, Term};

use super::fields::{Fields, HASH, ID, ROW};
use super::files::{damaged, engine};
use crate::Document;

/// A commit that is held open: later commits and merges do not change it.
pub(super) struct View {
    pub searcher: Searcher,
    segments: Vec<SegmentColumns>,
    pub vectors: Vec<SegmentView>,
    pub version: u64,
    pub fields: Fields,
    pub folder: Box<Path>,
}

/// What finds documents in a segment. Opening these costs more than using them, so it is done once for each view.
struct SegmentColumns {
    ids: Arc<InvertedIndexReader>,
    rows: Arc<InvertedIndexReader>,
    id: Option<StrColumn>,
    row: Column<u64>,
    hash: Column<u64>,
}

impl SegmentColumns {
    fn open(segment: &SegmentReader, fields: &Fields) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        Ok(Self {
            ids: segment.inverted_index(fields.id)?,
            rows: segment.inverted_index(fields.row)?,
            id: columns.str(ID)?,
            row: columns.u64(ROW)?,
            hash: columns.u64(HASH)?,
        })
    }
}

impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View")
            .field("folder", &self.folder)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl View {
    /// The state that a searcher and the vector segments of the same commit show.
    pub fn open(
        folder: &Path,
        fields: &Fields,
        searcher: Searcher,
        vectors: Vec<SegmentView>,
        version: u64,
    ) -> PortResult<Self> {
        let segments = searcher.segment_readers().iter().map(|segment| SegmentColumns::open(segment, fields));
        let segments = segments.collect::<tantivy::Result<_>>().map_err(engine(folder))?;
        Ok(Self { searcher, segments, vectors, version, fields: fields.clone(), folder: folder.into() })
    }

    /// Live documents.
    pub fn len(&self) -> u64 {
        self.searcher.num_docs()
    }

    /// Where the document with an id lies.
    pub fn find_id(&self, id: &str) -> PortResult<Option<DocAddress>> {
        self.find(&Term::from_field_text(self.fields.id, id), |segment| &segment.ids)
    }

    /// Where the document with a row lies.
    pub fn find_row(&self, row: u64) -> PortResult<Option<DocAddress>> {
        self.find(&Term::from_field_u64(self.fields.row, row), |segment| &segment.rows)
    }

    fn find(
        &self,
        term: &Term,
        dictionary: impl Fn(&SegmentColumns) -> &Arc<InvertedIndexReader>,
    ) -> PortResult<Option<DocAddress>> {
        for (ord, segment) in self.segments.iter().enumerate() {
            let found = dictionary(segment);
            let Some(info) = found.get_term_info(term).map_err(|e| damaged(&self.folder, e))? else {
                continue;
            };
            let reader = self.searcher.segment_reader(ord as u32);
            if let Some(doc) = self.live_doc(reader, found, &info)? {
                return Ok(Some(DocAddress::new(ord as u32, doc)));
            }
        }
        Ok(None)
    }

    /// The one document of a segment that holds a unique term and lives.
    pub fn live_doc(
        &self,
        segment: &SegmentReader,
        inverted: &InvertedIndexReader,
        info: &TermInfo,
    ) -> PortResult<Option<DocId>> {
        let postings = inverted.read_postings_from_terminfo(info, IndexRecordOption::Basic);
        let mut postings = postings.map_err(|e| damaged(&self.folder, e))?;
        while postings.doc() != TERMINATED {
            if !segment.is_deleted(postings.doc()) {
                return Ok(Some(postings.doc()));
            }
            postings.advance();
        }
        Ok(None)
    }

    fn columns(&self, at: DocAddress) -> &SegmentColumns {
        &self.segments[at.segment_ord as usize]
    }

    /// The document's row.
    pub fn row(&self, at: DocAddress) -> PortResult<u64> {
        let row = self.columns(at).row.first(at.doc_id);
        row.ok_or_else(|| damaged(&self.folder, "a document without a row"))
    }

    /// The document's content hash.
    pub fn hash(&self, at: DocAddress) -> PortResult<u64> {
        let hash = self.columns(at).hash.first(at.doc_id);
        hash.ok_or_else(|| damaged(&self.folder, "a document without a hash"))
    }

    /// The document's id.
    pub fn id(&self, at: DocAddress) -> PortResult<String> {
        let mut id = String::new();
        if let Some(column) = &self.columns(at).id
            && let Some(ord) = column.ords().first(at.doc_id)
            && column.ord_to_str(ord, &mut id).map_err(|e| damaged(&self.folder, e))?
        {
            return Ok(id);
        }
        Err(damaged(&self.folder, "a document without an id"))
    }

    /// The document's fields.
    pub fn source(&self, at: DocAddress) -> PortResult<Map<String, Json>> {
        let stored: TantivyDocument = self.searcher.doc(at).map_err(engine(&self.folder))?;
        let bytes = stored.get_first(self.fields.source).and_then(|value| value.as_bytes());
        let bytes = bytes.ok_or_else(|| damaged(&self.folder, "a document without its source"))?;
        serde_json::from_slice(bytes).map_err(|e| damaged(&self.folder, e))
    }

    /// The vector of a row.
    pub fn vector(&self, row: u64) -> Option<Vec<f32>> {
        self.vectors.iter().find_map(|segment| segment.vector(row))
    }

    /// The whole document.
    pub fn document(&self, id: String, at: DocAddress, vectors: bool) -> PortResult<Document> {
        let vector = if vectors { self.vector(self.row(at)?) } else { None };
        Ok(Document { id, source: self.source(at)?, vector, hash: self.hash(at)? })
    }

    /// Documents by id, `None` where missing.
    pub fn get(&self, ids: &[String], vectors: bool) -> PortResult<Vec<Option<Document>>> {
        let get = |id: &String| match self.find_id(id)? {
            Some(at) => self.document(id.clone(), at, vectors).map(Some),
            None => Ok(None),
        };
        ids.iter().map(get).collect()
    }

    /// Content hashes by id, `None` where missing.
    pub fn hashes(&self, ids: &[String]) -> PortResult<Vec<Option<u64>>> {
        ids.iter().map(|id| self.find_id(id)?.map(|at| self.hash(at)).transpose()).collect()
    }

    /// An error of tantivy, naming this index.
    pub fn failed(&self) -> impl FnOnce(tantivy::TantivyError) -> PortError + '_ {
        engine(&self.folder)
    }
}
