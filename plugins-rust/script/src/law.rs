//! The law of aggregators: whatever way rows are split, and in whatever order the parts are merged, the state is the same.
//! The first rows of a run show whether a script keeps it. One that does not runs all the same.
use crate::aggregator::Functions;
use crate::columns::RowMaker;
use crate::failure::Failure;

/// The most rows that are looked at.
const MAX_ROWS: usize = 16;

/// What ends a check before it is done.
enum Stop {
    /// `merge` failed with states that a run can have.
    Merge(Failure),
    Other(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Stop::Other(failure)
    }
}

/// Returns how the states of these rows break the law; `None` if they keep it, and if a function other than `merge` fails,
/// which the run meets as well. One that is not split meets no failure of `merge`.
pub fn breach<'js>(
    functions: &Functions<'_, 'js>,
    maker: &RowMaker<'_, 'js>,
    rows: usize,
) -> Result<Option<String>, Failure> {
    match differs(functions, maker, rows.min(MAX_ROWS)) {
        Ok(breach) => Ok(breach.map(|breach| format!("{breach}, so its answers depend on how a run is split"))),
        Err(Stop::Merge(failure)) if !failure.is_final => {
            Ok(Some(format!("merge fails, and with it any run that is split: {}", failure.message())))
        }
        Err(Stop::Other(failure)) if !failure.is_final => Ok(None),
        Err(Stop::Merge(failure) | Stop::Other(failure)) => Err(failure),
    }
}

fn differs<'js>(
    functions: &Functions<'_, 'js>,
    maker: &RowMaker<'_, 'js>,
    rows: usize,
) -> Result<Option<&'static str>, Stop> {
    let fold = |rows: &[usize]| {
        let state = rows.iter().try_fold(functions.create()?, |state, &row| functions.add(state, maker.row(row)?))?;
        functions.text(&state)
    };
    let merged = |one: &[u8], other: &[u8]| {
        let state = functions.merge(functions.value(one)?, functions.value(other)?)?;
        functions.text(&state)
    };
    let order: Vec<usize> = (0..rows).collect();
    let second = fold(&order[rows / 2..])?;
    merged(&fold(&order[..rows / 2])?, &second).map_err(Stop::Merge)?;
    // With fewer rows a part has none. A run merges no state without rows, so `merge` may fail with it.
    let stop = if rows >= 4 { Stop::Merge } else { Stop::Other };
    let merge = |one: &[u8], other: &[u8]| merged(one, other).map_err(stop);
    let whole = fold(&order)?;
    let parts = [fold(&order[..rows / 3])?, fold(&order[rows / 3..rows / 2])?, second];
    let [a, b, c] = &parts;
    if merge(a, c)? != merge(c, a)? {
        return Ok(Some("merge(a, b) and merge(b, a) are not the same state"));
    }
    if merge(&merge(a, b)?, c)? != merge(a, &merge(b, c)?)? {
        return Ok(Some("merging a, b and c gives another state than merging b and c first"));
    }
    if merge(&merge(a, b)?, c)? != whole {
        return Ok(Some("the states of parts do not merge into that of the whole"));
    }
    if fold(&order.into_iter().rev().collect::<Vec<_>>())? != whole {
        return Ok(Some("rows in another order give another state"));
    }
    Ok(None)
}
