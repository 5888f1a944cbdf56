//! Rows that are entered in every order, and what becomes of them. No model takes part.

use super::*;

const X: [f64; 4] = [1.0, 2.0, 3.0, 4.0];

fn sums(rows: Rows<'_>, scores: &mut [f64]) -> Result<(), ()> {
    let mut row = vec![0.0; rows.base.n_cols];
    for (row_idx, score) in scores.iter_mut().enumerate() {
        rows.write_row(row_idx, &mut row);
        *score = row.iter().sum();
    }
    Ok(())
}

#[test]
fn no_row_is_scored_twice() {
    let mut ledger = Ledger::new(Matrix::new(&X, 2, 2).unwrap(), 1, Vec::new());
    let mut edits = Edits::default();
    edits.push(0, 1, 9.0);
    edits.push(0, 1, 9.0);
    edits.push(0, 0, 1.0); // the base row itself
    edits.push_many(1, [(0, 5.0), (1, 6.0)]);
    edits.push_many(1, [(1, 6.0), (0, 0.0), (0, 5.0)]); // the same, said otherwise
    edits.push_many(0, [(1, 9.0), (0, 1.0)]); // the first again
    ledger.enter(edits.clone()).unwrap();
    let mut seen = 0;
    ledger
        .score(|rows, scores| {
            seen += rows.n_rows();
            sums(rows, scores)
        })
        .unwrap();
    assert_eq!(seen, 4, "two base rows and two distinct edited rows");
    assert_eq!(ledger.scores_asked_from(0), [10.0, 10.0, 3.0, 11.0, 11.0, 10.0]);

    ledger.enter(edits.clone()).unwrap();
    ledger
        .score(|rows, _: &mut [f64]| -> Result<(), ()> { panic!("asked {} known rows again", rows.n_rows()) })
        .unwrap();
    let mut more = Edits::default();
    more.push(1, 1, 0.5);
    ledger.enter(more).unwrap();
    ledger
        .score(|rows, scores| {
            assert_eq!(rows.n_rows(), 1, "only the new row");
            sums(rows, scores)
        })
        .unwrap();
    assert_eq!(ledger.scores_asked_from(12), [3.5]);
    assert_eq!(ledger.base_of(ledger.row_of_asked(12)), 1);
    assert_eq!(ledger.rows().n_rows(), ledger.scores().n_rows);
}

#[test]
fn no_row_is_scored_twice_in_whatever_order_it_is_asked() {
    let x = vec![0.0; 4 * 3];
    let mut ledger = Ledger::new(Matrix::new(&x, 4, 3).unwrap(), 1, Vec::new());
    let mut distinct = std::collections::BTreeSet::new();
    let mut state = 1_u64;
    let mut below = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let (mut n_scored, mut n_asked) = (0, 0);
    for round in 0..6 {
        let mut asked: Vec<(u32, Vec<(u32, u64)>)> = (0..400)
            .map(|_| {
                let n_edits = 1 + usize::from(below(4) == 0);
                let row = below(4) as u32;
                (row, (0..n_edits).map(|idx| ((below(2) as usize + idx) as u32, 1 + below(60))).collect())
            })
            .collect();
        // Even rounds come in order, as a grid asks; odd ones do not.
        if round % 2 == 0 {
            asked.sort();
        }
        let mut edits = Edits::default();
        for (row, changes) in &asked {
            edits.push_many(*row, changes.iter().map(|&(feature, value)| (feature, value as f64)));
            let last: std::collections::BTreeMap<u32, u64> = changes.iter().copied().collect();
            distinct.insert((*row, last));
        }
        ledger.enter(edits.clone()).unwrap();
        ledger
            .score(|rows, scores| {
                n_scored += rows.n_edited();
                sums(rows, scores)
            })
            .unwrap();
        assert_eq!(n_scored, distinct.len(), "round {round}");
        let expected: Vec<f64> = asked
            .iter()
            .map(|(_, changes)| {
                let last: std::collections::BTreeMap<u32, u64> = changes.iter().copied().collect();
                last.values().map(|&value| value as f64).sum()
            })
            .collect();
        assert_eq!(ledger.scores_asked_from(n_asked), expected, "round {round}");
        n_asked += asked.len();
    }
}

#[test]
fn distinct_rows_in_order_keep_their_places_and_are_known_later() {
    let mut ledger = Ledger::new(Matrix::new(&X, 2, 2).unwrap(), 1, Vec::new());
    let mut edits = Edits::default();
    for (row, feature, value) in [(0, 0, 5.0), (0, 0, 6.0), (0, 1, 5.0), (1, 0, 5.0)] {
        edits.push(row, feature, value);
    }
    ledger.enter(edits.clone()).unwrap();
    assert!(ledger.are_all_in_place());
    // Before and after they are scored, in an order of their own.
    for (n_fresh, further) in [(1, 7.0), (0, 7.0), (1, 8.0)] {
        let mut again = Edits::default();
        again.push(1, 1, further);
        again.push_many(0, [(0, 1.0), (1, 5.0)]);
        again.push(0, 0, 6.0);
        let before = ledger.n_asked();
        let n_known = ledger.next_row();
        ledger.enter(again).unwrap();
        assert_eq!(ledger.next_row() - n_known, n_fresh, "{further}");
        assert_eq!([1, 2].map(|idx| ledger.row_of_asked(before + idx)), [4, 3], "{further}");
        ledger.score(sums).unwrap();
    }
    assert_eq!(ledger.scores_asked_from(0)[..5], [7.0, 8.0, 6.0, 9.0, 10.0]);
}

#[test]
fn rows_that_are_not_distinct_and_in_order_do_not_keep_their_places() {
    let edits = |rows: &[(u32, u32, f64)]| {
        let mut edits = Edits::default();
        rows.iter().for_each(|&(row, feature, value)| edits.push(row, feature, value));
        edits
    };
    let mut joint = edits(&[(0, 0, 5.0)]);
    joint.push_many(0, [(0, 6.0), (1, 6.0)]);
    let many: Vec<(u32, u32, f64)> = (0..40).map(|idx| (0, 0, 100.0 + f64::from(idx))).collect();
    for odd in [
        edits(&[(0, 0, 5.0), (0, 0, 5.0)]),
        edits(&[(0, 0, 1.0)]),
        edits(&[(0, 1, 5.0), (0, 0, 5.0)]),
        edits(&[(1, 0, 5.0), (0, 0, 5.0)]),
        joint,
        edits(&many),
    ] {
        let n_edits = odd.len();
        let mut ledger = Ledger::new(Matrix::new(&X, 2, 2).unwrap(), 1, Vec::new());
        ledger.enter(odd).unwrap();
        assert!(!ledger.are_all_in_place());
        assert_eq!(ledger.n_asked(), n_edits);
    }
}

#[test]
fn bad_edits_are_refused_with_their_place() {
    let refusal =
        |edits: &Edits| Ledger::new(Matrix::new(&X, 2, 2).unwrap(), 1, Vec::new()).enter(edits.clone()).unwrap_err();
    let mut edits = Edits::default();
    edits.push(0, 7, 1.0);
    assert_eq!(refusal(&edits), (Some(0), Violation::NoSuch { what: "feature", found: 7, limit: 2 }));
    let mut edits = Edits::default();
    edits.push(2, 0, 1.0);
    assert_eq!(refusal(&edits), (None, Violation::NoSuch { what: "row", found: 2, limit: 2 }));
    let mut edits = Edits::default();
    edits.push(1, 0, f64::NEG_INFINITY);
    assert_eq!(refusal(&edits).0, Some(1));
    let mut edits = Edits::default();
    edits.push(1, 0, 1.0);
    edits.end[0] = 9;
    assert!(matches!(refusal(&edits), (None, Violation::Length { .. })));
    edits.end.clear();
    assert!(matches!(refusal(&edits), (None, Violation::Length { .. })));
}
