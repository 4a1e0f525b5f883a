//! The parser: a line fits if the pattern matches in it, and its columns are the named groups of the leftmost match.
//!
//! `grep-regex` does not tell the names of groups, so the parser has its own form of the pattern, of the same engine.
use crate::Config;
use plughost::{Cells, Error, Field, Fits, Lines, Span, Type};
use plughost_values::set_from_text;
use regex_automata::meta::{Cache, Regex};
use regex_automata::util::primitives::NonMaxUsize;
use regex_automata::util::syntax;
use regex_automata::{Input, PatternID};
use std::ffi::CString;

/// Memory that the program of a pattern may take, in bytes; as much as the filter takes.
const PATTERN_LIMIT: usize = 100 << 20;

/// The most columns that a plugin may have, and the most bytes of their names.
const MOST_COLUMNS: usize = 1024;
pub const LONGEST_NAME: usize = 255;

/// A named group.
struct Column {
    name: CString,
    group: usize,
    kind: Type,
}

/// The pattern and its named groups, in their order.
pub struct Groups {
    regex: Regex,
    columns: Vec<Column>,
}

/// What one worker has.
pub struct Reader {
    cache: Cache,
    /// The group and the type of each wanted column.
    wanted: Vec<(usize, Type)>,
    /// Begin and end of each group up to the last that is wanted.
    slots: Vec<Option<NonMaxUsize>>,
}

impl Groups {
    /// Compiles the pattern. Returns what is wrong with it or with the types.
    pub fn new(config: &Config) -> Result<Groups, String> {
        let syntax = syntax::Config::new()
            .utf8(false)
            .case_insensitive(config.ignore_case)
            .unicode(config.unicode)
            .multi_line(true);
        let limits = Regex::config().utf8_empty(false).nfa_size_limit(Some(PATTERN_LIMIT));
        let regex = Regex::builder()
            .syntax(syntax)
            .configure(limits)
            .build(&config.pattern)
            .map_err(|error| format!("pattern {:?}: {error}", config.pattern))?;
        let names = regex.group_info().pattern_names(PatternID::ZERO).enumerate();
        let columns =
            names.filter_map(|(group, name)| Some(Column { name: CString::new(name?).ok()?, group, kind: Type::Text }));
        let mut groups = Groups { columns: columns.collect(), regex };
        if groups.columns.len() > MOST_COLUMNS {
            return Err(format!(
                "pattern: it has {} named groups, and {MOST_COLUMNS} is the most",
                groups.columns.len()
            ));
        }
        if let Some(long) = groups.columns.iter().find(|column| column.name.as_bytes().len() > LONGEST_NAME) {
            let name: String = long.name.to_string_lossy().chars().take(20).collect();
            return Err(format!("pattern: the name of a group has more than {LONGEST_NAME} bytes: {name}…"));
        }
        for typed in config.types.split(',').filter(|typed| !typed.is_empty()) {
            groups.set_type(typed)?;
        }
        Ok(groups)
    }

    /// Takes one of the option `types`, such as `status:integer`.
    fn set_type(&mut self, typed: &str) -> Result<(), String> {
        let Some((name, kind)) = typed.split_once(':') else {
            return Err(format!("types: {typed:?} is no column and type, such as status:integer"));
        };
        let kind = match kind {
            "text" => Type::Text,
            "integer" => Type::Integer,
            "real" => Type::Real,
            "time" => Type::Time,
            "boolean" => Type::Boolean,
            _ => return Err(format!("types: there is no type {kind:?}; there are text, integer, real, time, boolean")),
        };
        match self.columns.iter_mut().find(|column| column.name.to_bytes() == name.as_bytes()) {
            Some(column) => column.kind = kind,
            None => return Err(format!("types: the pattern has no group {name:?}; write (?<{name}>…)")),
        }
        Ok(())
    }

    /// Returns a column.
    pub fn field(&self, index: usize) -> Option<Field<'_>> {
        self.columns.get(index).map(|column| Field::new(&column.name, column.kind))
    }

    /// Makes the state of a worker that fills these columns.
    pub fn reader(&self, wanted: &[Field]) -> Result<Reader, Error> {
        let group = |field: &Field| {
            let column = self.columns.iter().find(|column| column.name.as_c_str() == field.name);
            let lacks = || Error::config(format!("the pattern has no group {}", field.name.to_string_lossy()));
            let column = column.ok_or_else(lacks)?;
            Ok((column.group, if field.kind == Type::Any { column.kind } else { field.kind }))
        };
        let wanted = wanted.iter().map(group).collect::<Result<Vec<_>, Error>>()?;
        let last = wanted.iter().map(|(group, _)| group + 1).max().unwrap_or(0);
        Ok(Reader { cache: self.regex.create_cache(), wanted, slots: vec![None; 2 * last] })
    }

    /// Reads lines.
    pub fn parse(&self, reader: &mut Reader, lines: &Lines, cells: &mut Cells, fits: &mut Fits) {
        let block = lines.block();
        for (row, span) in lines.spans().iter().enumerate() {
            let begin = span.offset as usize;
            let line = &block[begin..begin + span.length as usize];
            let input = Input::new(line).earliest(reader.slots.is_empty());
            if self.regex.search_slots_with(&mut reader.cache, &input, &mut reader.slots).is_none() {
                continue;
            }
            fits.keep(row);
            for (column, (group, kind)) in reader.wanted.iter().enumerate() {
                let (Some(from), Some(to)) = (reader.slots[2 * group], reader.slots[2 * group + 1]) else { continue };
                let (from, to) = (from.get(), to.get());
                let text = Span { offset: (begin + from) as u32, length: (to - from) as u32 };
                set_from_text(cells, row, column, *kind, &line[from..to], text);
            }
        }
    }
}
