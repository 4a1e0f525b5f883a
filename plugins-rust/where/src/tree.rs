//! A condition as a tree.
use crate::fault::Fault;
use crate::time::{epoch_of, time_of};
use crate::token::{tokens, Kind, Token};
use plughost::Type;
use plughost_values::condition::{self, Columns, Order, Value, Values};
use regex::bytes::{Regex, RegexBuilder};
use std::ffi::CString;

/// How deep parentheses and `not` may nest, so that no condition takes all of the stack.
const MAX_DEPTH: usize = 100;
/// The most columns that the host reads for a row filter.
const MAX_COLUMNS: usize = 1024;
/// Memory that the program of a pattern may take, in bytes.
const PATTERN_LIMIT: usize = 16 << 20;

/// A pattern, and the column in which it must match.
#[derive(Debug)]
pub struct Pattern {
    pub column: usize,
    pub regex: Regex,
}

type Tree = condition::Tree<Pattern>;

/// A condition, and the columns that it reads.
#[derive(Debug)]
pub struct Condition {
    pub tree: Tree,
    pub columns: Columns,
}

/// Reads a condition.
pub fn condition(text: &str) -> Result<Condition, Fault> {
    let mut reader = Reader { tokens: tokens(text)?, next: 0, end: text.len(), columns: Columns::default() };
    let tree = reader.either(0)?;
    reader.check_columns()?;
    match reader.tokens.get(reader.next) {
        None => Ok(Condition { tree, columns: reader.columns }),
        Some(token) => Err(Fault { at: token.at, reason: unread(&token.kind).to_owned() }),
    }
}

/// Says what is wrong with a word after which a condition does not go on. Some are operators of other languages.
fn unread(kind: &Kind) -> &'static str {
    let word = match kind {
        Kind::Name(word) => word,
        Kind::Integer(_) | Kind::Real(_) => {
            return "a sign such as = is missing before it; there is no arithmetic, a column is compared with a value"
        }
        _ => return "and or or is missing before it",
    };
    match word.to_ascii_lowercase().as_str() {
        "is" | "null" => "there is no is; write has(column), not has(column), or = and a value",
        "between" => "there is no between; write column >= 1 and column <= 9",
        "like" | "ilike" | "matches" | "contains" | "startswith" | "endswith" => {
            "there is no such operator; write column ~ 'pattern', a regular expression"
        }
        _ => "and or or is missing before it",
    }
}

struct Reader {
    tokens: Vec<Token>,
    next: usize,
    end: usize,
    columns: Columns,
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

    /// Refuses a condition that names more columns than the host reads.
    fn check_columns(&self) -> Result<(), Fault> {
        match self.columns.len() {
            0..=MAX_COLUMNS => Ok(()),
            _ => self.fault(format!(
                "a condition may name {MAX_COLUMNS} columns at most; one that is compared with texts counts as two"
            )),
        }
    }

    /// Refuses a name before a parenthesis, unless it is that of `has`.
    fn check_function(&self, name: &str) -> Result<(), Fault> {
        if !matches!(self.tokens.get(self.next), Some(Token { kind: Kind::Sign("("), .. })) {
            return Ok(());
        }
        let instead = match name.to_ascii_lowercase().as_str() {
            "exists" | "defined" | "isset" | "isnull" | "is_null" | "isnotnull" | "null" | "empty" => {
                "write has(column) or not has(column)"
            }
            "now" | "today" | "date" | "time" | "timestamp" => {
                "write a time, or --since and --until, which know 2h and today"
            }
            _ => "there are has(column), and column ~ 'pattern', where (?i) ignores case",
        };
        let at = self.tokens[self.next - 1].at;
        Err(Fault { at, reason: format!("there is no function {name}; {instead}") })
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
        self.check_columns()?;
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
            return Ok(Tree::Has(self.columns.column(name, Type::Any)));
        }
        self.next = begin;
        let name = self.name()?;
        if let Kind::Name(word) = &self.tokens[begin].kind {
            self.check_function(word)?;
        }
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
                for (behind, instead) in [(("<", ">"), "!="), (("=", "~"), "~"), (("=", ">"), ">="), (("=", "<"), "<=")]
                {
                    if sign == behind.0 && self.sign(behind.1) {
                        self.next -= 1;
                        return self.fault(format!("there is no {sign}{}; write {instead}", behind.1));
                    }
                }
                let value = self.value()?;
                let compared = self.columns.compared_with(name, &value);
                return Ok(Tree::Compare(compared, order, value));
            }
        }
        for (sign, negated) in [("~", false), ("!~", true)] {
            if !self.sign(sign) {
                continue;
            }
            let regex = self.pattern()?;
            let column = self.columns.column(name, Type::Text);
            let matches = Tree::Other(Pattern { column, regex });
            // As with every comparison, a column without a value is no answer.
            return Ok(match negated {
                false => matches,
                true => Tree::And(vec![Tree::Has(column), Tree::Not(Box::new(matches))]),
            });
        }
        let negated = self.keyword("not");
        if self.keyword("in") {
            let list = self.list()?;
            let compared = self.columns.compared_with(name, &list[0]);
            let is_in = Tree::In(compared, Values::new(list));
            return Ok(match negated {
                false => is_in,
                true => Tree::And(vec![Tree::Has(compared.column), Tree::Not(Box::new(is_in))]),
            });
        }
        if negated {
            return self.fault("in is missing after not");
        }
        Ok(Tree::IsTrue(self.columns.column(name, Type::Boolean)))
    }

    fn pattern(&mut self) -> Result<Regex, Fault> {
        let at = self.at();
        if self.sign("=") {
            return Err(Fault { at, reason: "there is no ~=; write ~".to_owned() });
        }
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
            if list.first().is_some_and(|first| first.wanted() != value.wanted()) {
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
            Some(Kind::Name(name)) => {
                self.check_function(&name)?;
                match name.as_str() {
                    _ if name.starts_with('@') => match epoch_of(&name) {
                        Some(time) => return Ok(Value::Time(time)),
                        None => format!("{name} is no time; write @ and seconds since 1970"),
                    },
                    "true" => return Ok(Value::Boolean(true)),
                    "false" => return Ok(Value::Boolean(false)),
                    "null" => "nothing equals null; write has(column) or not has(column)".to_owned(),
                    _ => format!(
                        "{name} is a name; a text stands in quotes, and columns are not compared with each other"
                    ),
                }
            }
            _ => "a value is needed: a number, a text in quotes, a time, true or false".to_owned(),
        };
        Err(Fault { at, reason })
    }
}
