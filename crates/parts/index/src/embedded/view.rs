//! One consistent state of an index, as searches see it.

use std::path::Path;

use catalejo_port::{PortError, PortResult};
use catalejo_vectors::SegmentView;
use serde_json::{Map, Value as Json};
use tantivy::index::{InvertedIndexReader, SegmentReader};
use tantivy::postings::TermInfo;
use tantivy::schema::{Field, IndexRecordOption, Value as _};
use tantivy::{DocAddress, DocId, DocSet, Searcher, TERMINATED, TantivyDocument, Term};

use super::fields::{Fields, HASH, ID, ROW};
use super::files::{damaged, engine};
use crate::Document;

/// A commit that is held open: later commits and merges do not change it.
pub(super) struct View {
    pub searcher: Searcher,
    pub vectors: Vec<SegmentView>,
    pub version: u64,
    pub fields: Fields,
    pub folder: Box<Path>,
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
    /// Live documents.
    pub fn len(&self) -> u64 {
        self.searcher.num_docs()
    }

    /// Where the document with an id lies.
    pub fn find_id(&self, id: &str) -> PortResult<Option<DocAddress>> {
        self.find(self.fields.id, &Term::from_field_text(self.fields.id, id))
    }

    /// Where the document with a row lies.
    pub fn find_row(&self, row: u64) -> PortResult<Option<DocAddress>> {
        self.find(self.fields.row, &Term::from_field_u64(self.fields.row, row))
    }

    fn find(&self, field: Field, term: &Term) -> PortResult<Option<DocAddress>> {
        for (ord, segment) in self.searcher.segment_readers().iter().enumerate() {
            let inverted = segment.inverted_index(field).map_err(engine(&self.folder))?;
            let Some(info) = inverted.get_term_info(term).map_err(|e| damaged(&self.folder, e))? else {
                continue;
            };
            if let Some(doc) = self.live_doc(segment, &inverted, &info)? {
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

    fn number(&self, at: DocAddress, column: &str) -> PortResult<u64> {
        let segment = self.searcher.segment_reader(at.segment_ord);
        let column = segment.fast_fields().u64(column).map_err(engine(&self.folder))?;
        column.first(at.doc_id).ok_or_else(|| damaged(&self.folder, "a document without a row or hash"))
    }

    /// The document's row.
    pub fn row(&self, at: DocAddress) -> PortResult<u64> {
        self.number(at, ROW)
    }

    /// The document's content hash.
    pub fn hash(&self, at: DocAddress) -> PortResult<u64> {
        self.number(at, HASH)
    }

    /// The document's id.
    pub fn id(&self, at: DocAddress) -> PortResult<String> {
        let segment = self.searcher.segment_reader(at.segment_ord);
        let column = segment.fast_fields().str(ID).map_err(engine(&self.folder))?;
        let mut id = String::new();
        if let Some(column) = column
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
