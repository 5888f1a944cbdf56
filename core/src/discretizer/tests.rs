//! Small trees, worked out by hand.

use super::{ALTERNATIVE_DEPTH, FACTUAL_DEPTH, Labels, absolute_error_cuts, entropy_cuts};
use crate::Error;

#[test]
fn a_clean_step_is_cut_in_its_middle() {
    let cuts = entropy_cuts(&[4.0, 1.0, 3.0, 2.0], &[1, 0, 1, 0], 2, FACTUAL_DEPTH);
    assert_eq!(cuts, Ok(vec![2.5]));
}

#[test]
fn the_lowest_of_tied_thresholds_wins() {
    // 0 | 1 1 | 0: cutting off either end is equally good.
    assert_eq!(entropy_cuts(&[1.0, 2.0, 3.0, 4.0], &[0, 1, 1, 0], 2, FACTUAL_DEPTH), Ok(vec![1.5]));
}

#[test]
fn a_deeper_tree_cuts_more_often_and_three_classes_too() {
    let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let cuts = entropy_cuts(&x, &[0, 0, 1, 1, 2, 2], 3, ALTERNATIVE_DEPTH);
    assert_eq!(cuts, Ok(vec![2.5, 4.5]));
}

#[test]
fn one_class_is_cut_at_the_median() {
    assert_eq!(entropy_cuts(&[5.0, 1.0, 2.0, 4.0], &[0; 4], 1, FACTUAL_DEPTH), Ok(vec![3.0]));
    assert_eq!(entropy_cuts(&[5.0], &[1], 2, FACTUAL_DEPTH), Ok(vec![5.0]));
    assert_eq!(entropy_cuts(&[1.0, 2.0, 9.0], &[0, 1, 1], 2, 0), Ok(vec![2.0]));
}

#[test]
fn values_too_close_for_float32_are_not_parted() {
    assert_eq!(entropy_cuts(&[7.0; 4], &[0, 1, 0, 1], 2, FACTUAL_DEPTH), Ok(vec![7.0]));
    let close = [1.0, 1.0 + 5e-8, 1.0, 1.0 + 5e-8];
    assert_eq!(entropy_cuts(&close, &[0, 1, 0, 1], 2, FACTUAL_DEPTH).map(|cuts| cuts.len()), Ok(1));
    // Float32 tells these apart, but the gap is not above 1e-7.
    assert_eq!(entropy_cuts(&[0.0, 1e-7], &[0, 1], 2, FACTUAL_DEPTH), Ok(vec![5e-8]));
}

#[test]
fn thresholds_are_cast_to_float32_first() {
    let cuts = entropy_cuts(&[0.1, 0.2], &[0, 1], 2, FACTUAL_DEPTH);
    assert_eq!(cuts, Ok(vec![f64::from(0.1_f32) / 2.0 + f64::from(0.2_f32) / 2.0]));
}

#[test]
fn an_absurd_depth_is_no_danger() {
    let x: Vec<f64> = (0..200).map(f64::from).collect();
    let labels: Vec<u32> = (0..200).map(|idx| idx % 2).collect();
    assert_eq!(entropy_cuts(&x, &labels, 2, usize::MAX).map(|cuts| cuts.len()), Ok(199));
}

#[test]
fn input_is_checked_at_the_door() {
    assert_eq!(entropy_cuts(&[], &[], 2, 1), Err(Error::Empty { what: "feature" }));
    assert_eq!(entropy_cuts(&[1.0], &[], 2, 1), Err(Error::Shape { what: "labels", expected: 1, found: 0 }));
    assert_eq!(
        entropy_cuts(&[1.0, 2.0], &[0, 2], 2, 1),
        Err(Error::OutOfRange { what: "class label", found: 2, limit: 2 })
    );
    for bad in [f64::NAN, f64::INFINITY, 1e39] {
        assert!(matches!(entropy_cuts(&[1.0, bad], &[0, 1], 2, 1), Err(Error::NotFinite { row_idx: 1, .. })));
    }
}

#[test]
fn medians_decide_where_values_are_cut() {
    // Around their means the last row alone would be cut off; around medians an outlier pulls no harder than its rank.
    let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let labels = [0.0, 0.0, 0.0, 6.0, 6.0, 16.0];
    assert_eq!(absolute_error_cuts(&x, &labels, FACTUAL_DEPTH), Ok(vec![3.5]));
    assert_eq!(absolute_error_cuts(&x, &labels, ALTERNATIVE_DEPTH), Ok(vec![3.5, 5.5]));
}

#[test]
fn the_lowest_of_tied_absolute_errors_wins() {
    // 0 | 1 1 | 0: cutting off either end leaves an error of 1.
    let x = [1.0, 2.0, 3.0, 4.0];
    assert_eq!(absolute_error_cuts(&x, &[0.0, 1.0, 1.0, 0.0], FACTUAL_DEPTH), Ok(vec![1.5]));
    // The same in steps of 0.1, where a rounded sum would tell the ends apart.
    assert_eq!(absolute_error_cuts(&x, &[0.1, 0.3, 0.3, 0.1], FACTUAL_DEPTH), Ok(vec![1.5]));
    // A tie to a part in 10^13, which leans to the right.
    assert_eq!(absolute_error_cuts(&x, &[0.0, 1.0, 1.0, -1e-13], FACTUAL_DEPTH), Ok(vec![1.5]));
    assert_eq!(absolute_error_cuts(&x, &[0.0, 1.0, 1.0, -1e-9], FACTUAL_DEPTH), Ok(vec![3.5]));
}

#[test]
fn a_split_that_lowers_no_error_is_none() {
    // Either side of the only gap has the error that it had: 1 + 1.
    let (x, labels) = ([1.0, 1.0, 2.0, 2.0], [0.0, 1.0, 0.0, 1.0]);
    assert_eq!(absolute_error_cuts(&x, &labels, FACTUAL_DEPTH), Ok(vec![1.5]), "the median of x, by chance its middle");
    let (x, labels) = ([1.0, 1.0, 1.0, 1.0, 2.0, 2.0], [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
    assert_eq!(absolute_error_cuts(&x, &labels, FACTUAL_DEPTH), Ok(vec![1.0]));
}

#[test]
fn equal_labels_and_one_row_are_cut_at_the_median() {
    assert_eq!(absolute_error_cuts(&[5.0, 1.0, 2.0, 4.0], &[0.1; 4], FACTUAL_DEPTH), Ok(vec![3.0]));
    assert_eq!(absolute_error_cuts(&[5.0], &[1.0], FACTUAL_DEPTH), Ok(vec![5.0]));
    assert_eq!(absolute_error_cuts(&[1.0, 2.0, 9.0], &[0.0, 1.0, 1.0], 0), Ok(vec![2.0]));
    assert_eq!(absolute_error_cuts(&[7.0; 3], &[0.0, 1.0, 2.0], ALTERNATIVE_DEPTH), Ok(vec![7.0]));
}

#[test]
fn labels_that_hardly_differ_are_not_parted() {
    // scikit-learn makes a node a leaf whose mean error is at most 2.2e-16.
    let x = [1.0, 2.0, 3.0, 9.0];
    assert_eq!(absolute_error_cuts(&x, &[0.0, 0.0, 0.0, 8e-16], FACTUAL_DEPTH), Ok(vec![2.5]));
    assert_eq!(absolute_error_cuts(&x, &[0.0, 0.0, 0.0, 1e-15], FACTUAL_DEPTH), Ok(vec![6.0]));
}

#[test]
fn a_cut_at_a_median_of_negative_zeros_has_no_sign() {
    let cuts = entropy_cuts(&[-0.0, -1.0, -0.0, 1.0, -0.0], &[0; 5], 2, FACTUAL_DEPTH).unwrap();
    assert_eq!(cuts, [0.0]);
    assert!(cuts[0].is_sign_positive());
}

#[test]
fn rows_without_a_finite_label_are_left_out() {
    let x = [1.0, 2.0, 3.0, 4.0, 2.4];
    let labels = [0.0, 0.0, 1.0, 1.0, f64::NAN];
    assert_eq!(absolute_error_cuts(&x, &labels, FACTUAL_DEPTH), Ok(vec![2.5]));
    for none in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(absolute_error_cuts(&x, &[none; 5], FACTUAL_DEPTH), Ok(vec![2.4]), "the median of every row");
    }
}

#[test]
fn labels_that_overflow_are_cut_at_the_median() {
    let labels = [f64::MAX, -f64::MAX, f64::MAX, -f64::MAX];
    assert_eq!(absolute_error_cuts(&[1.0, 2.0, 3.0, 9.0], &labels, FACTUAL_DEPTH), Ok(vec![2.5]));
}

#[test]
fn an_absurd_depth_of_a_regression_is_no_danger() {
    let x: Vec<f64> = (0..200).map(f64::from).collect();
    assert_eq!(absolute_error_cuts(&x, &x, usize::MAX).map(|cuts| cuts.len()), Ok(199));
}

#[test]
fn input_of_a_regression_is_checked_at_the_door() {
    assert_eq!(absolute_error_cuts(&[], &[], 1), Err(Error::Empty { what: "feature" }));
    assert_eq!(absolute_error_cuts(&[1.0], &[], 1), Err(Error::Shape { what: "labels", expected: 1, found: 0 }));
    for bad in [f64::NAN, f64::INFINITY, 1e39] {
        assert!(matches!(absolute_error_cuts(&[1.0, bad], &[0.0, 1.0], 1), Err(Error::NotFinite { row_idx: 1, .. })));
    }
}

#[test]
fn labels_know_their_tree() {
    let x = [1.0, 2.0, 3.0, 4.0];
    let (classes, values) = ([0, 1, 1, 1], [0.0, 0.0, 9.0, 9.0]);
    let classes = Labels::Classes { labels: &classes, n_classes: 2 };
    assert_eq!(classes.cuts(&x, FACTUAL_DEPTH), Ok(vec![1.5]));
    assert_eq!(Labels::Values(&values).cuts(&x, FACTUAL_DEPTH), Ok(vec![2.5]));
}
