//! A condition as a tree.
use crate::fault::Fault;
use crate::time::time_of;
use crate::token::{tokens, Kind, Token};
use plughost::Type;
use regex::bytes::{Regex, RegexBuilder};
use std::ffi::CString;

/// How deep parentheses and `not` may nest, so that no condition takes all of the stack.
const MAX_DEPTH: usize = 100;
/// Memory that the program of a pattern may take, in bytes.
const PATTERN_LIMIT: usize = 16 << 20;

/// A value that columns are compared with.
#[derive(Debug, Clone)]
pub enum Value {
    Integer(i64),
    Real(f64),
    /// A text in quotes, and the time that it is, if it is one.
    Text(Vec<u8>, Option<i64>),
    Time(i64),
    Boolean(bool),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Order {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What values are compared with, as indexes of [`Condition::columns`].
#[derive(Debug, Clone, Copy)]
pub struct Compared {
    /// The column in the type of the values.
    pub column: usize,
    /// The column in the parser's own type, which decides whether a text can be compared with it. The same as `column` for
    /// other values.
    pub own: usize,
}

/// A condition. Columns are indexes of [`Condition::columns`].
#[derive(Debug)]
pub enum Tree {
    And(Vec<Tree>),
    Or(Vec<Tree>),
    Not(Box<Tree>),
    /// Whether a column has a value. The other leaves are false for null.
    Has(usize),
    Compare(Compared, Order, Value),
    In(Compared, Vec<Value>),
    Matches(usize, Box<Regex>),
    IsTrue(usize),
}

/// A condition, and the columns that it reads.
#[derive(Debug)]
pub struct Condition {
    pub tree: Tree,
    pub columns: Vec<(CString, Type)>,
}

/// Reads a condition.
pub fn condition(text: &str) -> Result<Condition, Fault> {
    let mut reader = Reader { tokens: tokens(text)?, next: 0, end: text.len(), columns: Vec::new() };
    let tree = reader.either(0)?;
    match reader.tokens.get(reader.next) {
        None => Ok(Condition { tree, columns: reader.columns }),
        Some(token) => Err(Fault { at: token.at, reason: "and or or is missing before it".to_owned() }),
    }
}

struct Reader {
    tokens: Vec<Token>,
    next: usize,
    end: usize,
    columns: Vec<(CString, Type)>,
}

impl Reader {
    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |token| token.at)
    }

    fn fault<T>(&self, reason: impl Into<String>) -> Result<T, Fault> {
        Err(Fault { at: self.at(), reason: reason.into() })
    }

    fn take(&mut self) -> Option<Kind> {
        let kind = self.tokens.get(self.next).map(|token| token.kind.clone());
        self.next += usize::from(kind.is_some());
        kind
    }

    /// Moves past a sign, if it is the next word.
    fn sign(&mut self, sign: &str) -> bool {
        let is = matches!(self.tokens.get(self.next), Some(Token { kind: Kind::Sign(next), .. }) if *next == sign);
        self.next += usize::from(is);
        is
    }

    /// Moves past a keyword, if it is the next word.
    fn keyword(&mut self, word: &str) -> bool {
        let is = matches!(self.tokens.get(self.next), Some(Token { kind: Kind::Name(name), .. }) if name.eq_ignore_ascii_case(word));
        self.next += usize::from(is);
        is
    }

    fn either(&mut self, depth: usize) -> Result<Tree, Fault> {
        let mut trees = vec![self.both(depth)?];
        while self.keyword("or") || self.sign("||") {
            trees.push(self.both(depth)?);
        }
        Ok(if trees.len() == 1 { trees.remove(0) } else { Tree::Or(trees) })
    }

    fn both(&mut self, depth: usize) -> Result<Tree, Fault> {
        let mut trees = vec![self.one(depth)?];
        while self.keyword("and") || self.sign("&&") {
            trees.push(self.one(depth)?);
        }
        Ok(if trees.len() == 1 { trees.remove(0) } else { Tree::And(trees) })
    }

    fn one(&mut self, depth: usize) -> Result<Tree, Fault> {
        if depth == MAX_DEPTH {
            return self.fault(format!("more than {MAX_DEPTH} conditions are nested"));
        }
        if self.keyword("not") {
            return Ok(Tree::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.sign("(") {
            let tree = self.either(depth + 1)?;
            return if self.sign(")") { Ok(tree) } else { self.fault(") is missing") };
        }
        let begin = self.next;
        if self.keyword("has") && self.sign("(") {
            let name = self.name()?;
            if !self.sign(")") {
                return self.fault(") is missing");
            }
            return Ok(Tree::Has(self.column(name, Type::Any)));
        }
        self.next = begin;
        let name = self.name()?;
        self.compared(name)
    }

    /// Reads the name of a column.
    fn name(&mut self) -> Result<CString, Fault> {
        let at = self.at();
        let reason = match self.take() {
            Some(Kind::Name(name) | Kind::Quoted(name)) if !name.is_empty() => match CString::new(name) {
                Ok(name) => return Ok(name),
                Err(_) => "a name has no NUL",
            },
            Some(Kind::Text(_)) => "a column is needed; the name of one stands in backquotes or in none",
            _ => "the name of a column is needed",
        };
        Err(Fault { at, reason: reason.to_owned() })
    }

    /// Reads what a column is compared with.
    fn compared(&mut self, name: CString) -> Result<Tree, Fault> {
        const ORDERS: [(&str, Order); 7] = [
            ("==", Order::Equal),
            ("=", Order::Equal),
            ("!=", Order::NotEqual),
            ("<=", Order::LessOrEqual),
            (">=", Order::GreaterOrEqual),
            ("<", Order::Less),
            (">", Order::Greater),
        ];
        for (sign, order) in ORDERS {
            if self.sign(sign) {
                let value = self.value()?;
                let compared = self.compared_with(name, &value);
                return Ok(Tree::Compare(compared, order, value));
            }
        }
        for (sign, negated) in [("~", false), ("!~", true)] {
            if !self.sign(sign) {
                continue;
            }
            let pattern = self.pattern()?;
            let column = self.column(name, Type::Text);
            let matches = Tree::Matches(column, Box::new(pattern));
            // As with every comparison, a column without a value is no answer.
            return Ok(match negated {
                false => matches,
                true => Tree::And(vec![Tree::Has(column), Tree::Not(Box::new(matches))]),
            });
        }
        let negated = self.keyword("not");
        if self.keyword("in") {
            let list = self.list()?;
            let compared = self.compared_with(name, &list[0]);
            let is_in = Tree::In(compared, list);
            return Ok(match negated {
                false => is_in,
                true => Tree::And(vec![Tree::Has(compared.column), Tree::Not(Box::new(is_in))]),
            });
        }
        if negated {
            return self.fault("in is missing after not");
        }
        Ok(Tree::IsTrue(self.column(name, Type::Boolean)))
    }

    fn pattern(&mut self) -> Result<Regex, Fault> {
        let at = self.at();
        let Some(Kind::Text(pattern)) = self.take() else {
            return Err(Fault { at, reason: "a pattern in quotes is needed".to_owned() });
        };
        RegexBuilder::new(&pattern).unicode(false).size_limit(PATTERN_LIMIT).build().map_err(|error| {
            let text = error.to_string();
            let line = text.lines().last().unwrap_or("").trim_start_matches("error: ").to_owned();
            Fault { at, reason: format!("the pattern is wrong: {line}") }
        })
    }

    /// Reads values in parentheses, at least one, all of one type.
    fn list(&mut self) -> Result<Vec<Value>, Fault> {
        if !self.sign("(") {
            return self.fault("( is missing after in");
        }
        let mut list: Vec<Value> = Vec::new();
        loop {
            let at = self.at();
            let value = self.value()?;
            if list.first().is_some_and(|first| type_of(first) != type_of(&value)) {
                return Err(Fault { at, reason: "the values of a list have one type".to_owned() });
            }
            list.push(value);
            if self.sign(")") {
                return Ok(list);
            }
            if !self.sign(",") {
                return self.fault(", or ) is missing");
            }
        }
    }

    fn value(&mut self) -> Result<Value, Fault> {
        let at = self.at();
        let reason = match self.take() {
            Some(Kind::Integer(integer)) => return Ok(Value::Integer(integer)),
            Some(Kind::Real(real)) => return Ok(Value::Real(real)),
            Some(Kind::Time(time)) => return Ok(Value::Time(time)),
            Some(Kind::Text(text)) => {
                let time = time_of(&text);
                return Ok(Value::Text(text.into_bytes(), time));
            }
            Some(Kind::Name(name)) => match name.as_str() {
                "true" => return Ok(Value::Boolean(true)),
                "false" => return Ok(Value::Boolean(false)),
                "null" => "nothing equals null; write has(column) or not has(column)".to_owned(),
                _ => format!("{name} is a name; a text stands in quotes, and columns are not compared with each other"),
            },
            _ => "a value is needed: a number, a text in quotes, a time, true or false".to_owned(),
        };
        Err(Fault { at, reason })
    }

    /// Returns the columns to compare with values of the type of this one.
    fn compared_with(&mut self, name: CString, value: &Value) -> Compared {
        let column = self.column(name.clone(), type_of(value));
        let own = if matches!(value, Value::Text(..)) { self.column(name, Type::Any) } else { column };
        Compared { column, own }
    }

    /// Returns the index of a column of this type.
    fn column(&mut self, name: CString, kind: Type) -> usize {
        let known = self.columns.iter().position(|column| column.0 == name && column.1 == kind);
        known.unwrap_or_else(|| {
            self.columns.push((name, kind));
            self.columns.len() - 1
        })
    }
}

/// Returns the type that a column is asked for that is compared with a value. A number is compared with numbers of any type,
/// and with text that is one, so that 100.5 is more than 100 whatever the parser calls it.
fn type_of(value: &Value) -> Type {
    match value {
        Value::Integer(_) | Value::Real(_) => Type::Any,
        Value::Text(..) => Type::Text,
        Value::Time(_) => Type::Time,
        Value::Boolean(_) => Type::Boolean,
    }
}
