//! The filter of a file whose conditions are about columns: which rows it keeps.
use crate::check::Condition;
use crate::fault::Fault;
use crate::fields::FieldTest;
use crate::json::Scalar;
use crate::patterns::Patterns;
use crate::tree::Node;
use grep_regex::RegexMatcher;
use plughost::Type;
use plughost_values::condition::{kept, Cells, Columns, Tree, Words};
use std::collections::HashMap;
use std::ffi::CString;

/// The most columns that a file may read; a column of two types counts twice. A row has memory for each.
const MAX_COLUMNS: usize = 100;

/// A condition about a text: the row's line, or what a column holds.
pub struct Text {
    column: Option<usize>,
    node: Node,
}

/// The conditions of a filter of rows.
pub struct RowKeep {
    tree: Tree<Text>,
    /// The columns that it reads.
    pub columns: Columns,
}

impl RowKeep {
    /// Makes the filter of a condition.
    pub fn new(condition: &Condition, patterns: &mut Patterns) -> Result<Self, Fault> {
        let mut columns = Columns::default();
        let tree = tree_of(condition, &mut columns, patterns)?;
        Ok(RowKeep { tree, columns })
    }

    /// Returns the rows that are kept. `line` gives the line of a row.
    ///
    /// # Errors
    /// A column is compared with a value that its type cannot have.
    pub fn kept<'l>(
        &self,
        cells: &impl Cells,
        matchers: &[RegexMatcher],
        line: impl Fn(usize) -> &'l [u8],
    ) -> Result<Words, String> {
        kept(&self.tree, &self.columns, cells, |Text { column, node }, row| match column {
            Some(column) => cells.text(row, *column).is_some_and(|text| node.holds(text, matchers)),
            None => node.holds(line(row), matchers),
        })
    }
}

fn tree_of(condition: &Condition, columns: &mut Columns, patterns: &mut Patterns) -> Result<Tree<Text>, Fault> {
    if !condition.has_fields() {
        return Ok(Tree::Other(Text { column: None, node: Node::new(condition, patterns)? }));
    }
    Ok(match condition {
        Condition::Field { name, test } => column_tree(name, test, columns, patterns)?,
        Condition::Not(inner) => Tree::Not(Box::new(tree_of(inner, columns, patterns)?)),
        Condition::All(list) => {
            let mut trees = list.iter().map(|each| tree_of(each, columns, patterns)).collect::<Result<Vec<_>, _>>()?;
            // A row that fails a comparison is not searched for texts.
            trees.sort_by_key(|tree| match tree {
                Tree::Has(_) | Tree::Compare(..) | Tree::In(..) | Tree::IsTrue(_) => 0,
                Tree::And(_) | Tree::Or(_) | Tree::Not(_) => 1,
                Tree::Other(_) => 2,
            });
            Tree::And(trees)
        }
        Condition::Any(list) => {
            let (rows, lines): (Vec<_>, Vec<_>) = list.iter().partition(|each| each.has_fields());
            let mut trees =
                rows.into_iter().map(|each| tree_of(each, columns, patterns)).collect::<Result<Vec<_>, _>>()?;
            if !lines.is_empty() {
                // One search for all texts and expressions about the line.
                let node = Node::of_any(lines.into_iter(), patterns)?;
                trees.push(Tree::Other(Text { column: None, node }));
            }
            Tree::Or(trees)
        }
        _ => unreachable!("a condition without parts is about a line, and has no fields"),
    })
}

fn column_tree(
    name: &CString,
    test: &FieldTest,
    columns: &mut Columns,
    patterns: &mut Patterns,
) -> Result<Tree<Text>, Fault> {
    if columns.len() > MAX_COLUMNS {
        return Err(Fault::at("/keep", format!("its conditions may read {MAX_COLUMNS} columns at most")));
    }
    let name = name.clone();
    Ok(match test {
        FieldTest::Exists(true) => Tree::Has(columns.column(name, Type::Any)),
        FieldTest::Exists(false) => Tree::Not(Box::new(Tree::Has(columns.column(name, Type::Any)))),
        FieldTest::Compare(order, value) => Tree::Compare(columns.compared_with(name, value), *order, value.clone()),
        FieldTest::In(values) => Tree::In(columns.compared_with(name, values.first()), values.clone()),
        FieldTest::Text(condition) => {
            let column = Some(columns.column(name, Type::Text));
            Tree::Other(Text { column, node: Node::new(condition, patterns)? })
        }
    })
}

/// The row of a test. A column has the type of the value that the test gives it, and as a text what JSON writes for that.
pub struct RowOf<'a> {
    cells: Vec<(Type, Option<&'a Scalar>, String)>,
}

impl<'a> RowOf<'a> {
    /// Makes the row of values by the names of their columns.
    pub fn new(keep: &RowKeep, fields: &'a HashMap<String, Option<Scalar>>) -> Self {
        let cell = |(name, wanted): &(CString, Type)| {
            let value = name.to_str().ok().and_then(|name| fields.get(name)).and_then(Option::as_ref);
            let (own, text) = match value {
                Some(Scalar::Boolean(boolean)) => (Type::Boolean, boolean.to_string()),
                Some(Scalar::Number(number)) if number.is_i64() => (Type::Integer, number.to_string()),
                Some(Scalar::Number(number)) => (Type::Real, number.to_string()),
                Some(Scalar::Text(text)) => (Type::Text, text.clone()),
                None => (Type::Text, String::new()),
            };
            (if *wanted == Type::Any { own } else { *wanted }, value, text)
        };
        RowOf { cells: keep.columns.iter().map(cell).collect() }
    }
}

impl Cells for RowOf<'_> {
    fn count(&self) -> usize {
        1
    }

    fn kind(&self, column: usize) -> Type {
        self.cells[column].0
    }

    fn has_value(&self, _row: usize, column: usize) -> bool {
        self.cells[column].1.is_some()
    }

    fn text(&self, _row: usize, column: usize) -> Option<&[u8]> {
        let (_, value, text) = &self.cells[column];
        value.map(|_| text.as_bytes())
    }

    fn integer(&self, _row: usize, column: usize) -> Option<i64> {
        match self.cells[column].1? {
            Scalar::Boolean(boolean) => Some((*boolean).into()),
            Scalar::Number(number) => number.as_i64(),
            Scalar::Text(_) => None,
        }
    }

    fn real(&self, _row: usize, column: usize) -> Option<f64> {
        match self.cells[column].1? {
            Scalar::Number(number) => number.as_f64(),
            Scalar::Boolean(_) | Scalar::Text(_) => None,
        }
    }
}
