//! The walk through one line: it decides whether the line is a JSON object, and finds the wanted values.
use crate::plan::{Key, Plan};
use crate::scan::Marks;
use crate::text::{decode, escape_len};

/// How deep objects and arrays may nest.
pub const MAX_DEPTH: usize = 1024;

/// A value of a line, as the bytes of its token. A string is without its quotes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Value {
    pub kind: Kind,
    pub begin: usize,
    pub end: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Kind {
    /// The document has no such value.
    #[default]
    Missing,
    Null,
    Boolean,
    Number,
    String,
    /// A string with escapes.
    Escaped,
    /// An object or an array.
    Nested,
}

/// What one worker keeps from line to line: memory only.
pub struct Walk {
    /// The value at each place of the plan.
    pub found: Vec<Value>,
    /// A bit for each open object or array, set for objects.
    is_object: [u64; MAX_DEPTH / 64],
    /// The objects of the plan that are open, from the document on.
    open: Vec<usize>,
    /// The places of wanted objects and arrays that are open, and how deep they are.
    pending: Vec<(usize, usize)>,
    key: Vec<u8>,
    marks: Marks,
}

/// Stops the walk: the line is not a JSON object.
struct Misfit;

type Step<T> = Result<T, Misfit>;

impl Walk {
    pub fn new(plan: &Plan) -> Walk {
        Walk {
            found: vec![Value::default(); plan.places],
            is_object: [0; MAX_DEPTH / 64],
            open: Vec::new(),
            pending: Vec::new(),
            key: Vec::new(),
            marks: Marks::default(),
        }
    }

    /// Walks a line from its first byte to its last. Returns whether it is one JSON object, as RFC 8259 has them, with
    /// nothing but white space around it. Then [`Walk::found`] has its values, in offsets of `text`, which holds the line in
    /// `[begin, end)` and may go on behind it.
    pub fn line(&mut self, plan: &Plan, text: &[u8], begin: usize, end: usize) -> bool {
        self.found.fill(Value::default());
        self.open.clear();
        self.pending.clear();
        let Some(line) = text.get(..end) else { return false };
        let mut marks = std::mem::take(&mut self.marks);
        marks.set(text, begin, end);
        let fits = self.document(plan, &mut Cursor { line, marks: &marks, at: begin }).is_ok();
        self.marks = marks;
        fits
    }

    fn document(&mut self, plan: &Plan, cursor: &mut Cursor) -> Step<()> {
        let mut first = cursor.next();
        if first != b'{' {
            return Err(Misfit);
        }
        // The key whose value comes next, if it is wanted.
        let mut wanted: Option<&Key> = None;
        let mut depth = 0;
        let mut in_object = true;
        'value: loop {
            let begin = cursor.at;
            let scalar = match first {
                b'"' => Some(cursor.string()?),
                b'{' | b'[' => {
                    if depth == MAX_DEPTH {
                        return Err(Misfit);
                    }
                    in_object = first == b'{';
                    let bit = 1 << (depth % 64);
                    let word = &mut self.is_object[depth / 64];
                    *word = if in_object { *word | bit } else { *word & !bit };
                    depth += 1;
                    if let Some(place) = wanted.and_then(|key| key.place) {
                        self.found[place] = Value { kind: Kind::Nested, begin, end: begin };
                        self.pending.push((depth, place));
                    }
                    cursor.at += 1;
                    first = cursor.next();
                    if in_object {
                        match wanted.and_then(|key| key.inside) {
                            Some(inside) => self.open.push(inside),
                            None if depth == 1 => self.open.push(0),
                            None => {}
                        }
                        if first != b'}' {
                            (wanted, first) = self.key(plan, cursor, depth, first)?;
                            continue 'value;
                        }
                    } else if first != b']' {
                        wanted = None;
                        continue 'value;
                    }
                    None
                }
                b'-' | b'0'..=b'9' => Some(cursor.number()?),
                b't' => Some(cursor.word(b"true", Kind::Boolean)?),
                b'f' => Some(cursor.word(b"false", Kind::Boolean)?),
                b'n' => Some(cursor.word(b"null", Kind::Null)?),
                _ => return Err(Misfit),
            };
            if let (Some(value), Some(place)) = (scalar, wanted.and_then(|key| key.place)) {
                self.found[place] = value;
            }
            // Ends objects and arrays until there is a comma.
            loop {
                let after = cursor.next();
                cursor.at += 1;
                if after == b',' {
                    first = cursor.next();
                    wanted = None;
                    if in_object {
                        (wanted, first) = self.key(plan, cursor, depth, first)?;
                    }
                    continue 'value;
                }
                if after != (if in_object { b'}' } else { b']' }) {
                    return Err(Misfit);
                }
                if in_object && self.open.len() == depth {
                    self.open.pop();
                }
                if let Some((at, place)) = self.pending.last().copied() {
                    if at == depth {
                        self.found[place].end = cursor.at;
                        self.pending.pop();
                    }
                }
                depth -= 1;
                if depth == 0 {
                    cursor.next();
                    return if cursor.at == cursor.line.len() { Ok(()) } else { Err(Misfit) };
                }
                in_object = self.is_object[(depth - 1) / 64] >> ((depth - 1) % 64) & 1 == 1;
            }
        }
    }

    /// Reads a key, whose first byte is next, and the colon after it. Returns the wanted one that it is, and the first byte
    /// of its value.
    #[inline(always)]
    fn key<'p>(&mut self, plan: &'p Plan, cursor: &mut Cursor, depth: usize, first: u8) -> Step<(Option<&'p Key>, u8)> {
        if first != b'"' {
            return Err(Misfit);
        }
        let key = cursor.string()?;
        if cursor.next() != b':' {
            return Err(Misfit);
        }
        cursor.at += 1;
        let first = cursor.next();
        // Each open object of the plan is inside the one before it, so the innermost is wanted if as many are open.
        let Some(object) = self.open.get(depth - 1) else { return Ok((None, first)) };
        let object = &plan.objects[*object];
        let bytes = &cursor.line[key.begin..key.end];
        let found = match key.kind {
            Kind::Escaped => {
                self.key.clear();
                decode(bytes, &mut self.key);
                object.find(&self.key)
            }
            _ => object.find(bytes),
        };
        let wanted = found.map(|found| &object.keys[found]);
        if let Some(wanted) = wanted {
            // Of a key that comes twice, the last one counts, with all that is inside.
            self.found[wanted.places.clone()].fill(Value::default());
        }
        Ok((wanted, first))
    }
}

/// A place in a line.
struct Cursor<'a> {
    marks: &'a Marks,
    /// The text as far as the line reaches.
    line: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    /// Returns the byte here. At the end of the line returns 0, which is no part of JSON.
    #[inline(always)]
    fn peek(&self) -> u8 {
        self.line.get(self.at).copied().unwrap_or(0)
    }

    /// Moves past white space, and returns the byte there as `peek` does.
    #[inline(always)]
    fn next(&mut self) -> u8 {
        let mut byte = self.peek();
        if byte <= b' ' {
            while matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                self.at += 1;
                byte = self.peek();
            }
        }
        byte
    }

    /// Reads a string, which begins here.
    #[inline(always)]
    fn string(&mut self) -> Step<Value> {
        let begin = self.at + 1;
        let mut kind = Kind::String;
        let mut at = begin;
        loop {
            at = self.marks.next(at);
            match self.line.get(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    kind = Kind::Escaped;
                    at += escape_len(&self.line[at..]).ok_or(Misfit)?;
                }
                _ => return Err(Misfit),
            }
        }
        self.at = at + 1;
        Ok(Value { kind, begin, end: at })
    }

    #[inline(always)]
    fn digits(&mut self) -> Step<()> {
        let begin = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        if self.at > begin {
            Ok(())
        } else {
            Err(Misfit)
        }
    }

    #[inline(always)]
    fn number(&mut self) -> Step<Value> {
        let begin = self.at;
        if self.peek() == b'-' {
            self.at += 1;
        }
        if self.peek() == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Value { kind: Kind::Number, begin, end: self.at })
    }

    #[inline(always)]
    fn word(&mut self, word: &[u8], kind: Kind) -> Step<Value> {
        let begin = self.at;
        if !self.line[begin..].starts_with(word) {
            return Err(Misfit);
        }
        self.at += word.len();
        Ok(Value { kind, begin, end: self.at })
    }
}
