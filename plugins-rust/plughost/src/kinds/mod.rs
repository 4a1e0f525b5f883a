// Made by scripts/generate/kinds.mjs from native/include/plughost/kinds.def; a build writes it again.
//! The kinds of plugins, one module each.
#![allow(missing_docs)]

pub mod aggregator;
pub mod exporter;
pub mod filter;
pub mod parser;
pub mod row_filter;
pub mod transform;

use std::ffi::CStr;
use std::mem::{offset_of, size_of};

pub const FILTER_ID: &CStr = c"plug.filter/1";
pub const FILTER_LINEWISE: u32 = 1;
pub const FILTER_ORDERED: u32 = 2;
/// The smallest size that the struct may state, in bytes. Later versions of the contract only add functions.
pub const FILTER_LEAST: usize = offset_of!(filter::Calls, match_) + size_of::<*const ()>();

pub const TRANSFORM_ID: &CStr = c"plug.transform/1";
pub const TRANSFORM_LINEWISE: u32 = 1;
pub const TRANSFORM_ORDERED: u32 = 2;
/// The smallest size that the struct may state, in bytes. Later versions of the contract only add functions.
pub const TRANSFORM_LEAST: usize = offset_of!(transform::Calls, transform) + size_of::<*const ()>();

pub const EXPORTER_ID: &CStr = c"plug.exporter/1";
pub const EXPORTER_ROWWISE: u32 = 1;
pub const EXPORTER_NUMBERS: u32 = 2;
pub const EXPORTER_NAMES: u32 = 4;
pub const EXPORTER_TIMES: u32 = 8;
/// The smallest size that the struct may state, in bytes. Later versions of the contract only add functions.
pub const EXPORTER_LEAST: usize = offset_of!(exporter::Calls, write) + size_of::<*const ()>();

pub const PARSER_ID: &CStr = c"plug.parser/1";
pub const PARSER_LINEWISE: u32 = 1;
pub const PARSER_ORDERED: u32 = 2;
pub const PARSER_OPEN: u32 = 4;
/// The smallest size that the struct may state, in bytes. Later versions of the contract only add functions.
pub const PARSER_LEAST: usize = offset_of!(parser::Calls, parse) + size_of::<*const ()>();

pub const ROW_FILTER_ID: &CStr = c"plug.row_filter/1";
pub const ROW_FILTER_LINEWISE: u32 = 1;
pub const ROW_FILTER_ORDERED: u32 = 2;
/// The smallest size that the struct may state, in bytes. Later versions of the contract only add functions.
pub const ROW_FILTER_LEAST: usize = offset_of!(row_filter::Calls, keep) + size_of::<*const ()>();

pub const AGGREGATOR_ID: &CStr = c"plug.aggregator/1";

/// The smallest size that the struct may state, in bytes. Later versions of the contract only add functions.
pub const AGGREGATOR_LEAST: usize = offset_of!(aggregator::Calls, finish) + size_of::<*const ()>();

/// The structs of the C contract by the names of their traits, and the constants.
#[rustfmt::skip]
pub mod abi {
    pub use super::filter::Calls as Filter;
    pub use super::{FILTER_ID, FILTER_LEAST, FILTER_LINEWISE, FILTER_ORDERED};
    pub use super::transform::Calls as Transform;
    pub use super::{TRANSFORM_ID, TRANSFORM_LEAST, TRANSFORM_LINEWISE, TRANSFORM_ORDERED};
    pub use super::exporter::Calls as Exporter;
    pub use super::{EXPORTER_ID, EXPORTER_LEAST, EXPORTER_NAMES, EXPORTER_NUMBERS, EXPORTER_ROWWISE, EXPORTER_TIMES};
    pub use super::parser::Calls as Parser;
    pub use super::{PARSER_ID, PARSER_LEAST, PARSER_LINEWISE, PARSER_OPEN, PARSER_ORDERED};
    pub use super::row_filter::Calls as RowFilter;
    pub use super::{ROW_FILTER_ID, ROW_FILTER_LEAST, ROW_FILTER_LINEWISE, ROW_FILTER_ORDERED};
    pub use super::aggregator::Calls as Aggregator;
    pub use super::{AGGREGATOR_ID, AGGREGATOR_LEAST};
}

/// What authors implement.
pub mod traits {
    pub use super::aggregator::Aggregator;
    pub use super::exporter::Exporter;
    pub use super::filter::Filter;
    pub use super::parser::Parser;
    pub use super::row_filter::RowFilter;
    pub use super::transform::Transform;
}

/// The struct of a plugin for the id of a kind, by the name of the trait, as `export!` spells it.
#[allow(non_snake_case)]
#[rustfmt::skip]
pub mod offer {
    use std::ffi::{c_void, CStr};

    pub fn Filter<P: super::traits::Filter>(plugin: Option<&P>, id: &CStr) -> Option<*const c_void> {
        (id == super::FILTER_ID).then(|| std::ptr::from_ref(super::filter::Entries::<P>::calls(plugin)).cast())
    }
    pub fn Transform<P: super::traits::Transform>(plugin: Option<&P>, id: &CStr) -> Option<*const c_void> {
        (id == super::TRANSFORM_ID).then(|| std::ptr::from_ref(super::transform::Entries::<P>::calls(plugin)).cast())
    }
    pub fn Exporter<P: super::traits::Exporter>(plugin: Option<&P>, id: &CStr) -> Option<*const c_void> {
        (id == super::EXPORTER_ID).then(|| std::ptr::from_ref(super::exporter::Entries::<P>::calls(plugin)).cast())
    }
    pub fn Parser<P: super::traits::Parser>(plugin: Option<&P>, id: &CStr) -> Option<*const c_void> {
        (id == super::PARSER_ID).then(|| std::ptr::from_ref(super::parser::Entries::<P>::calls(plugin)).cast())
    }
    pub fn RowFilter<P: super::traits::RowFilter>(plugin: Option<&P>, id: &CStr) -> Option<*const c_void> {
        (id == super::ROW_FILTER_ID).then(|| std::ptr::from_ref(super::row_filter::Entries::<P>::calls(plugin)).cast())
    }
    pub fn Aggregator<P: super::aggregator::Aggregates>(plugin: Option<&P>, id: &CStr) -> Option<*const c_void> {
        (id == super::AGGREGATOR_ID).then(|| std::ptr::from_ref(super::aggregator::Entries::<P>::calls(plugin)).cast())
    }
}

/// Calls a macro with the struct of each kind and its fields, for a test of the layout.
#[doc(hidden)]
#[macro_export]
macro_rules! kinds {
    ($each:ident) => {
        $each!(plug_filter = Filter least FILTER_LEAST { size, flags, state_new, state_free, match_ = "match", match_batch, scan, literal, spans });
        $each!(plug_transform = Transform least TRANSFORM_LEAST { size, flags, state_new, state_free, transform, transform_batch });
        $each!(plug_exporter = Exporter least EXPORTER_LEAST { size, flags, state_new, state_free, begin, write, end, begin_rows, write_rows });
        $each!(plug_parser = Parser least PARSER_LEAST { size, flags, state_new, state_free, want, parse, field });
        $each!(plug_row_filter = RowFilter least ROW_FILTER_LEAST { size, flags, state_new, state_free, column, keep });
        $each!(plug_aggregator = Aggregator least AGGREGATOR_LEAST { size, flags, state_new, state_free, column, output, update, serialize, merge, finish, revision, memory });
    };
}
