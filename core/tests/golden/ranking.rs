//! Rankings of the package, and metrics of scikit-learn, on numbers that were drawn for them.

use std::collections::BTreeMap;

use ce_core::analysis::{Candidate, Convention, Interval, Matrix, Ranking, Scale, Subject, Weight, metrics};
use serde::Deserialize;

use crate::support::{Tally, read};

#[derive(Deserialize)]
struct Package {
    rankings: Rankings,
    metrics: Metrics,
}

#[derive(Deserialize)]
struct Rankings {
    /// Of each rule weight, its bounds, prediction, its bounds.
    rules: BTreeMap<String, Vec<[f64; 6]>>,
    orders: Vec<Order>,
}

#[derive(Deserialize)]
struct Order {
    rules: String,
    /// None ranks by weight.
    w: Option<f64>,
    normalize: bool,
    /// Whether the base is at most 0.5, so that the other class counts.
    turned: bool,
    /// Ascending: the last is the best.
    order: Vec<usize>,
}

#[derive(Deserialize)]
struct Metrics {
    probability: Vec<f64>,
    is_true: Vec<bool>,
    brier: f64,
    log_loss: f64,
    classes: Vec<Vec<f64>>,
    labels: Vec<u32>,
    brier_multiclass: f64,
    log_loss_multiclass: f64,
}

fn package() -> Package {
    read("../package/analysis.json")
}

#[test]
fn orders_are_the_reverse_of_the_package() {
    let Rankings { rules, orders } = package().rankings;
    let rules: BTreeMap<String, Vec<Candidate>> = rules
        .into_iter()
        .map(|(key, rules)| {
            let candidate = |[weight, weight_low, weight_high, predict, low, high]: [f64; 6]| Candidate {
                prediction: Interval { predict, low, high },
                weight: Weight { weight, low: weight_low, high: weight_high },
                n_conditions: 1,
            };
            (key, rules.into_iter().map(candidate).collect())
        })
        .collect();
    let mut n_compared = 0;
    for Order { rules: key, w, normalize, turned, mut order } in orders {
        let ranking = w.map_or(Ranking::feature_weight(), |w| Ranking::ensured(w).unwrap());
        let ranking = if normalize { ranking.normalized() } else { ranking };
        let predict = if turned { 0.5 } else { 0.75 };
        let subject = Subject { base: Interval { predict, low: 0.0, high: 1.0 }, scale: Scale::Probability };
        let found = ranking.order(Convention::Alternative(subject), &rules[&key]);
        order.reverse();
        assert_eq!(found, order, "{key}, {w:?}, {normalize}, {turned}");
        n_compared += found.len();
    }
    assert_eq!(n_compared, 14 + 40 * (1 + 6 * 2 * 2));
}

#[test]
fn metrics_are_those_of_scikit_learn() {
    let golden = package().metrics;
    let mut tally = Tally::default();
    let (probability, is_true) = (&golden.probability, &golden.is_true);
    tally.close("brier", metrics::brier(probability, is_true).unwrap(), golden.brier);
    tally.close("log loss", metrics::log_loss(probability, is_true).unwrap(), golden.log_loss);
    let data = golden.classes.concat();
    let classes = Matrix::new(&data, golden.labels.len(), 3).unwrap();
    let brier = metrics::brier_multiclass(classes, &golden.labels).unwrap();
    tally.close("brier of classes", brier, golden.brier_multiclass);
    let log_loss = metrics::log_loss_multiclass(classes, &golden.labels).unwrap();
    tally.close("log loss of classes", log_loss, golden.log_loss_multiclass);
    tally.finish(4);
}
