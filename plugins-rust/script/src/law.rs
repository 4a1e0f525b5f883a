//! The law of aggregators: whatever way rows are split, and in whatever order the parts are merged, the state is the same.
//! The first rows of a run show whether a script keeps it. One that does not runs all the same.
use crate::aggregator::Functions;
use crate::columns::RowMaker;
use crate::failure::Failure;

/// The most rows that are looked at.
const MAX_ROWS: usize = 16;

/// Returns how the states of these rows break the law; `None` if they keep it, and if a function fails, which the run meets
/// as well.
pub fn breach<'js>(
    functions: &Functions<'_, 'js>,
    maker: &RowMaker<'_, 'js>,
    rows: usize,
) -> Result<Option<&'static str>, Failure> {
    match differs(functions, maker, rows.min(MAX_ROWS)) {
        Err(failure) if !failure.is_final => Ok(None),
        other => other,
    }
}

fn differs<'js>(
    functions: &Functions<'_, 'js>,
    maker: &RowMaker<'_, 'js>,
    rows: usize,
) -> Result<Option<&'static str>, Failure> {
    let fold = |rows: &[usize]| {
        let state = rows.iter().try_fold(functions.create()?, |state, &row| functions.add(state, maker.row(row)?))?;
        functions.text(&state)
    };
    let merge = |one: &[u8], other: &[u8]| {
        let state = functions.merge(functions.value(one)?, functions.value(other)?)?;
        functions.text(&state)
    };
    let order: Vec<usize> = (0..rows).collect();
    let whole = fold(&order)?;
    let parts = [fold(&order[..rows / 3])?, fold(&order[rows / 3..rows / 2])?, fold(&order[rows / 2..])?];
    let [a, b, c] = &parts;
    if merge(a, c)? != merge(c, a)? {
        return Ok(Some(
            "merge(a, b) and merge(b, a) are not the same state, so its answers depend on how a run is split",
        ));
    }
    if merge(&merge(a, b)?, c)? != merge(a, &merge(b, c)?)? {
        return Ok(Some("merging a, b and c gives another state than merging b and c first, so its answers depend on how a run is split"));
    }
    if merge(&merge(a, b)?, c)? != whole {
        return Ok(Some(
            "the states of parts do not merge into that of the whole, so its answers depend on how a run is split",
        ));
    }
    if fold(&order.into_iter().rev().collect::<Vec<_>>())? != whole {
        return Ok(Some("rows in another order give another state, so its answers depend on how a run is split"));
    }
    Ok(None)
}
