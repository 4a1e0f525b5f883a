//! Conditions over a small table, through the C interface, as a host calls it.
use plughost::abi::{self, status};
use std::ffi::{c_void, CStr};
use std::ptr::{null, null_mut};
use std::sync::atomic::AtomicU32;
use where_plugin::NewPlugin;

static CANCEL: AtomicU32 = AtomicU32::new(0);
/// No deadline.
const NONE: u64 = 0;

/// A value of the table.
#[derive(Clone, Copy)]
enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Text(&'static str),
    Time(i64),
    Boolean(bool),
}
use Cell::{Boolean, Integer, Null, Real, Text, Time};

/// A column of the table, its own type, and its values.
type Column = (&'static CStr, u32, &'static [Cell]);

const ANY: u32 = 0;
const TEXT: u32 = 1;
const INTEGER: u32 = 2;
const REAL: u32 = 3;
const TIME: u32 = 4;
const BOOLEAN: u32 = 5;

const SECOND: i64 = 1_000_000_000;
const LARGE: i64 = 9_007_199_254_740_993;

const TABLE: &[Column] = &[
    (c"n", INTEGER, &[Integer(1), Integer(2), Integer(LARGE), Integer(i64::MAX), Null]),
    (c"r", REAL, &[Real(0.5), Real(-1.0), Real(9_007_199_254_740_992.0), Real(f64::INFINITY), Null]),
    (c"s", TEXT, &[Text("a"), Text("10"), Text(r"C:\"), Text("it's"), Null]),
    (c"t", TIME, &[Time(0), Time(SECOND), Time(2 * SECOND), Time(-SECOND), Null]),
    (c"b", BOOLEAN, &[Boolean(true), Boolean(false), Boolean(true), Boolean(false), Null]),
];
const ROWS: usize = 5;

fn error() -> abi::Error {
    abi::Error { size: 512, code: 0, offset: 0, len: 0, message: [0; abi::ERROR_MESSAGE_MAX] }
}

fn message(error: &abi::Error) -> String {
    String::from_utf8_lossy(&error.message[..error.len as usize]).into_owned()
}

/// A plugin with a condition.
struct Loaded(*mut abi::Plugin);

impl Loaded {
    fn new(expr: &str) -> Result<Self, String> {
        let host = abi::Host {
            size: 40,
            abi_major: 1,
            abi_minor: 2,
            this: null_mut(),
            log: None,
            now_ns: None,
            extension: None,
        };
        let config = serde_json::json!({ "expr": expr }).to_string();
        let mut error = error();
        // SAFETY: Every pointer lives for the call.
        unsafe {
            let loaded = Loaded(NewPlugin());
            let config = abi::Bytes { data: config.as_ptr(), len: config.len() as u64 };
            match (*loaded.0).init.unwrap()(loaded.0, &host, config, &mut error) {
                status::OK => Ok(loaded),
                _ => Err(message(&error)),
            }
        }
    }

    fn filter(&self) -> &abi::RowFilter {
        // SAFETY: The table lives as long as the plugin.
        unsafe { &*(*self.0).extension.unwrap()(self.0, abi::ROW_FILTER_ID.as_ptr()).cast::<abi::RowFilter>() }
    }

    /// Returns the names and types that the condition asks for.
    fn columns(&self) -> Vec<(&CStr, u32)> {
        let mut columns = Vec::new();
        loop {
            let mut field = abi::Field { size: 24, kind: 0, name: null(), description: null() };
            // SAFETY: The plugin is initialized, and its names live as long as it does.
            unsafe {
                if self.filter().column.unwrap()(self.0, columns.len() as u32, &mut field) == 0 {
                    return columns;
                }
                columns.push((CStr::from_ptr(field.name), field.kind));
            }
        }
    }

    /// Returns the numbers of the rows that are kept.
    fn keep(&self) -> Result<Vec<usize>, String> {
        let mut block = Vec::new();
        let mut fields = Vec::new();
        let mut cells: Vec<Vec<abi::Cell>> = Vec::new();
        let mut valid: Vec<[u64; 1]> = Vec::new();
        for (name, wanted) in self.columns() {
            let (_, own, values) = TABLE.iter().find(|column| column.0 == name).expect("the table has the column");
            let kind = if wanted == ANY { *own } else { wanted };
            fields.push(abi::Field { size: 24, kind, name: name.as_ptr(), description: null() });
            valid.push([0]);
            cells.push(Vec::new());
            for (row, value) in values.iter().enumerate() {
                let cell = match *value {
                    Text(text) => {
                        block.extend_from_slice(text.as_bytes());
                        let length = text.len() as u32;
                        Some(abi::Cell { text: abi::Span { offset: block.len() as u32 - length, length } })
                    }
                    Integer(integer) | Time(integer) if kind == *own => Some(abi::Cell { integer }),
                    Boolean(boolean) if kind == *own => Some(abi::Cell { integer: boolean.into() }),
                    Real(real) if kind == *own => Some(abi::Cell { real }),
                    _ => None,
                };
                valid.last_mut().unwrap()[0] |= u64::from(cell.is_some()) << row;
                cells.last_mut().unwrap().push(cell.unwrap_or(abi::Cell { integer: 0 }));
            }
        }
        let columns: Vec<abi::Column> = cells
            .iter_mut()
            .zip(&mut valid)
            .map(|(cells, valid)| abi::Column { cells: cells.as_mut_ptr(), valid: valid.as_mut_ptr() })
            .collect();
        let fields: Vec<*const abi::Field> = fields.iter().map(std::ptr::from_ref).collect();
        let schema = abi::Schema { size: 16, count: fields.len() as u32, fields: fields.as_ptr() };
        let rows = abi::Rows {
            size: size_of::<abi::Rows>() as u32,
            count: ROWS as u32,
            lines: null(),
            schema: &schema,
            columns: columns.as_ptr(),
            made: abi::Bytes { data: block.as_ptr(), len: block.len() as u64 },
        };
        let ctx = abi::Ctx { size: 24, worker: 0, cancel: CANCEL.as_ptr(), deadline_ns: NONE };
        let mut keep = [0_u64];
        let mut error = error();
        // SAFETY: Every pointer lives for the call.
        let found = unsafe {
            let state: *mut c_void = self.filter().state_new.unwrap()(self.0, &mut error);
            let found = self.filter().keep.unwrap()(self.0, state, &ctx, &rows, keep.as_mut_ptr(), &mut error);
            if let Some(free) = self.filter().state_free {
                free(self.0, state);
            }
            found
        };
        assert_eq!(keep[0] >> ROWS, 0, "no row beyond the last is kept");
        match found {
            status::OK => Ok((0..ROWS).filter(|row| keep[0] >> row & 1 == 1).collect()),
            _ => Err(message(&error)),
        }
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        // SAFETY: Nothing uses the plugin any more.
        unsafe { (*self.0).destroy.unwrap()(self.0) };
    }
}

fn kept(expr: &str) -> Vec<usize> {
    Loaded::new(expr).and_then(|plugin| plugin.keep()).unwrap_or_else(|message| panic!("{expr}: {message}"))
}

fn refused(expr: &str) -> String {
    Loaded::new(expr).err().unwrap_or_else(|| panic!("{expr} is accepted"))
}

fn fails(expr: &str) -> String {
    let plugin = Loaded::new(expr).unwrap_or_else(|message| panic!("{expr}: {message}"));
    plugin.keep().err().unwrap_or_else(|| panic!("{expr} is evaluated"))
}

#[test]
fn a_null_is_no_answer_to_a_comparison() {
    assert_eq!(kept("n = 1 or n != 1"), [0, 1, 2, 3]);
    assert_eq!(kept("not n = 1"), [1, 2, 3, 4]);
    assert_eq!(kept("not has(n)"), [4]);
    assert_eq!(kept("s not in ('a')"), [1, 2, 3]);
    assert_eq!(kept("s !~ 'a'"), [1, 2, 3]);
    assert_eq!(kept("b or not b"), [0, 1, 2, 3, 4]);
}

#[test]
fn integers_and_reals_are_compared_by_their_values() {
    assert_eq!(kept("n = 9007199254740992.0"), [0_usize; 0]);
    assert_eq!(kept("n > 9007199254740992.0"), [2, 3]);
    assert_eq!(kept("n < 9223372036854775808.0"), [0, 1, 2, 3]);
    assert_eq!(kept("n > -1e300 and n < 1.5"), [0]);
    assert_eq!(kept("r >= 9007199254740993"), [3]);
    assert_eq!(kept("r < 9007199254740993 and r > 0"), [0, 2]);
    assert_eq!(kept("r in (0.5, -1.0)"), [0, 1]);
}

#[test]
fn a_text_is_compared_with_a_number_when_it_is_one() {
    assert_eq!(kept("s > 9.5"), [1]);
    assert_eq!(kept("s = '10'"), [1]);
    assert_eq!(kept("n = '1'"), [0_usize; 0], "this table gives no text for integers");
}

#[test]
fn a_time_in_quotes_is_a_time() {
    assert_eq!(kept("t < 1970-01-01T00:00:01Z"), [0, 3]);
    assert_eq!(kept("t < '1970-01-01T00:00:01Z'"), [0, 3]);
    assert_eq!(kept("t in ('1970-01-01', '1970-01-01T01:00:01+01:00')"), [0, 1]);
    assert_eq!(kept("s < '1970-01-01'"), [1], "a text is a text");
    for text in ["a\u{43f}\u{440}-12345", "31/\u{11a}c/196/1969:43:00:-", "1970-01-0\u{e4}"] {
        assert_eq!(kept(&format!("s = '{text}'")), [0_usize; 0], "letters of several bytes are no time");
    }
}

#[test]
fn a_column_of_another_type_is_an_error() {
    let time = "expr: the column t holds times; compare it with a time, such as 2026-01-31T09:30:00Z";
    assert_eq!(fails("t < 'yesterday'"), time);
    assert_eq!(fails("t in ('1970-01-01', 'x')"), time);
    assert_eq!(fails("t > 5"), time);
    assert_eq!(fails("b = 1"), "expr: the column b holds true or false; compare it with true or false");
}

#[test]
fn backslashes_before_a_quote_are_written_twice() {
    assert_eq!(kept(r"s = 'C:\\'"), [2]);
    assert_eq!(kept(r#"s = "C:\\""#), [2]);
    assert_eq!(kept(r"s = 'it\'s'"), [3]);
    assert_eq!(kept(r#"s = "it's""#), [3]);
    assert_eq!(kept(r"s ~ '^\w:\\$'"), [2]);
    assert_eq!(kept(r"s ~ '^\d+$'"), [1]);
    assert_eq!(refused(r"s = 'a\'"), r#"expr: the text that begins with ' has no end: at "'a\\'", byte 4"#);
}

#[test]
fn numbers_beyond_their_types_are_refused() {
    assert_eq!(refused("r < 1e999"), r#"expr: 1e999 is larger than a real number can be: at "1e999", byte 4"#);
    assert_eq!(refused("r < 1e308G"), r#"expr: 1e308G is larger than a real number can be: at "1e308G", byte 4"#);
    let too_large = "is no integer of 64 bits; write 9223372036854775808.0 for a real number";
    assert_eq!(
        refused("n < 9223372036854775808"),
        format!(r#"expr: 9223372036854775808 {too_large}: at "9223372036854775808", byte 4"#)
    );
    assert!(refused("n < 9223372036854775807k").contains("is no integer of 64 bits"));
    assert!(refused("n < 1x").contains("is no number"));
}

#[test]
fn times_are_written_as_servers_and_date_write_them() {
    for condition in [
        "t < 01/Jan/1970:00:00:01 +0000",
        "t < 01/jan/1970:01:00:01 +0100",
        "(t < 31/Dec/1969:23:00:01 -0100)",
        "t < '01/Jan/1970:00:00:01 +0000'",
        "t < @1",
        "t < @0.000000001",
        "t < '@1'",
        "not t >= @1 and has(t)",
        "t in (@0, @-1)",
    ] {
        assert_eq!(kept(condition), [0, 3], "{condition}");
    }
    assert_eq!(kept("t > @-0.5 and t < @1.5"), [0, 1]);
    assert_eq!(kept("s = '@1' or s < '01/Jan/1970:00:00:01 +0000'"), [0_usize; 0], "a text is a text");
    for (condition, reason) in [
        ("t > 30/Feb/2015:10:05:03 +0000", "30/Feb/2015:10:05:03 +0000 is no time; write 20/May/2015:10:05:03 +0000"),
        ("t > 20/May/2015:10:05:03", "20/May/2015:10:05:03 is no time; write 20/May/2015:10:05:03 +0000"),
        ("t > 20/May/2015 and n = 1 or b", "20/May/2015 and n = 1 or b is no time"),
        ("t > 20/\u{e4}", "'/' is no part of a condition"),
        ("t > 20/M\u{e4}y/2015:10:05:03 +0000", "is no time"),
        ("t > @1432000000000", "@1432000000000 is no time; write @ and seconds since 1970"),
        ("t > @", "@ is no time"),
        ("t > @1.", "@1. is no time"),
        ("t > @--1", "@--1 is no time"),
    ] {
        assert!(refused(condition).contains(reason), "{condition}: {}", refused(condition));
    }
}

#[test]
fn signs_functions_and_arithmetic_of_other_languages_are_refused_by_name() {
    let exists = "write has(column) or not has(column): at";
    let search = "there are has(column), and column ~ 'pattern', where (?i) ignores case: at";
    for (condition, reason) in [
        ("s =~ 'x'", "there is no =~; write ~: at \"~ 'x'\", byte 3".to_owned()),
        ("s ~= 'x'", "there is no ~=; write ~: at".to_owned()),
        ("n => 1", "there is no =>; write >=: at".to_owned()),
        ("n =< 1", "there is no =<; write <=: at".to_owned()),
        ("n <> 1", "there is no <>; write !=: at".to_owned()),
        ("lower(s) = 'x'", format!("there is no function lower; {search} \"lower(s) = 'x'\", byte 0")),
        ("n = 1 and length (s) > 3", format!("there is no function length; {search}")),
        ("n > abs(3)", format!("there is no function abs; {search}")),
        ("exists(s)", format!("there is no function exists; {exists}")),
        ("not isnull(s)", format!("there is no function isnull; {exists}")),
        ("is null(s)", "there is no is; write has(column), not has(column), or = and a value: at".to_owned()),
        ("s is not null", "there is no is; write has(column)".to_owned()),
        ("s = null", "nothing equals null; write has(column) or not has(column): at".to_owned()),
        ("t > now()", "there is no function now; write a time, or --since and --until".to_owned()),
        ("n+1 > 3", "there is no arithmetic, a column is compared with a value: at \"+1 > 3\", byte 1".to_owned()),
        ("n + 1 > 3", "+ is no number; there is no arithmetic".to_owned()),
        ("n > 3 * 2", "'*' is no part of a condition; there is no arithmetic".to_owned()),
        ("n 3", "a sign such as = is missing before it; there is no arithmetic".to_owned()),
    ] {
        assert!(refused(condition).contains(&reason), "{condition}: {}", refused(condition));
    }
}

#[test]
fn a_condition_names_at_most_1024_columns() {
    let columns = |count: usize, of: &str| (0..count).map(|i| format!("c{i}{of}")).collect::<Vec<_>>().join(" or ");
    assert_eq!(Loaded::new(&columns(1024, " = 1")).unwrap().columns().len(), 1024);
    assert_eq!(Loaded::new(&columns(512, " = 'a'")).unwrap().columns().len(), 1024);
    let most = "expr: a condition may name 1024 columns at most; one that is compared with texts counts as two: at";
    for condition in [columns(1025, " = 1"), columns(513, " in ('a')"), columns(100_000, " = 1")] {
        assert!(refused(&condition).starts_with(most));
    }
}

/// Trees of conditions give what the same trees give row by row.
#[test]
fn trees_agree_with_a_plain_evaluation() {
    const LEAVES: [(&str, [bool; ROWS]); 5] = [
        ("n >= 2", [false, true, true, true, false]),
        ("has(s)", [true, true, true, true, false]),
        ("b", [true, false, true, false, false]),
        ("s in ('a', 'it\\'s')", [true, false, false, true, false]),
        ("t <= 1970-01-01", [true, false, false, true, false]),
    ];
    fn tree(seed: &mut u64, depth: u32) -> (String, [bool; ROWS]) {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let pick = *seed >> 33;
        if depth == 0 || pick % 4 == 3 {
            let (text, rows) = LEAVES[pick as usize / 4 % LEAVES.len()];
            return (text.to_owned(), rows);
        }
        let (a, of_a) = tree(seed, depth - 1);
        if pick % 4 == 0 {
            return (format!("not ({a})"), of_a.map(|keeps| !keeps));
        }
        let (b, of_b) = tree(seed, depth - 1);
        let both = |join: fn(bool, bool) -> bool| std::array::from_fn(|row| join(of_a[row], of_b[row]));
        match pick % 4 {
            1 => (format!("({a}) and ({b})"), both(|a, b| a && b)),
            _ => (format!("({a}) or ({b})"), both(|a, b| a || b)),
        }
    }
    let mut seed = 1;
    for _ in 0..2_000 {
        let (text, rows) = tree(&mut seed, 6);
        let expected: Vec<usize> = (0..ROWS).filter(|row| rows[*row]).collect();
        assert_eq!(kept(&text), expected, "{text}");
    }
}
