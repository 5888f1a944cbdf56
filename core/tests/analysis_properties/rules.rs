//! Filters and rankings keep and order rules by their definitions. Nothing here calibrates.

use ce_core::analysis::{
    Candidate, Convention, Cost, Direction, FeatureChoice, Filter, Interval, Ranking, Scale, Subject, Weight,
    by_feature, by_size,
};
use proptest::prelude::*;

use crate::{interval, step};

fn candidate() -> impl Strategy<Value = Candidate> {
    let open = prop_oneof![8 => Just((false, false)), 1 => Just((true, false)), 1 => Just((true, true))];
    (interval(), open, step(), 1_usize..4).prop_map(
        |(mut prediction, (is_low_open, is_high_open), weight, n_conditions)| {
            prediction.low = if is_low_open { f64::NEG_INFINITY } else { prediction.low };
            prediction.high = if is_high_open { f64::INFINITY } else { prediction.high };
            let weight = Weight { weight: weight - 0.5, low: weight - 1.0, high: weight };
            Candidate { prediction, weight, n_conditions }
        },
    )
}

fn rules() -> impl Strategy<Value = Vec<Candidate>> {
    prop::collection::vec(candidate(), 0..25)
}

fn subject() -> impl Strategy<Value = Subject> {
    let scale = prop_oneof![Just(Scale::Probability), Just(Scale::Value)];
    (interval(), scale).prop_map(|(base, scale)| Subject { base, scale })
}

fn cost() -> impl Strategy<Value = Cost> {
    prop_oneof![Just(Cost::IntervalWidth), Just(Cost::RuleSize)]
}

fn filter() -> impl Strategy<Value = Filter> {
    let directions = prop::sample::subsequence(Direction::ALL.to_vec(), 0..=3);
    (directions, any::<bool>(), prop::option::of(cost()), any::<bool>()).prop_map(
        |(directions, ensured, pareto, include_potential)| Filter { directions, ensured, pareto, include_potential },
    )
}

fn kept(filter: &Filter, subject: Subject, rules: &[Candidate]) -> Vec<usize> {
    filter.kept(subject, rules).unwrap()
}

fn price(cost: Cost, rule: &Candidate) -> f64 {
    match cost {
        Cost::RuleSize => rule.n_conditions as f64,
        Cost::IntervalWidth => rule.prediction.high - rule.prediction.low,
    }
}

/// What a set of rules looks like whatever their order, and whichever of two equal ones is taken.
fn seen(cost: Cost, rules: &[Candidate], kept: &[usize]) -> Vec<(f64, f64)> {
    let mut seen: Vec<(f64, f64)> =
        kept.iter().map(|&idx| (rules[idx].prediction.predict, price(cost, &rules[idx]))).collect();
    seen.sort_by(|a, b| a.partial_cmp(b).unwrap());
    seen
}

/// The frontier alone, without what the instance drops: every rule moves so far an instance.
fn frontier(cost: Cost, rules: &[Candidate]) -> Vec<usize> {
    let far = Interval { predict: -9.0, low: -9.0, high: -9.0 };
    let filter = Filter { pareto: Some(cost), ..Filter::default() };
    kept(&filter, Subject { base: far, scale: Scale::Value }, rules)
}

proptest! {
    #[test]
    fn filters_keep_an_ascending_subset_that_is_the_conjunction_of_each_alone(
        filter in filter(), subject in subject(), rules in rules(),
    ) {
        let together = kept(&filter, subject, &rules);
        prop_assert!(together.is_sorted_by(|a, b| a < b) && together.iter().all(|&idx| idx < rules.len()));
        let alone = |only: Filter| kept(&only, subject, &rules);
        let any = Filter::default();
        let mut expected = alone(any.clone());
        if !filter.directions.is_empty() {
            let led: Vec<Vec<usize>> =
                filter.directions.iter().map(|&way| alone(Filter { directions: vec![way], ..any.clone() })).collect();
            expected.retain(|idx| led.iter().any(|led| led.contains(idx)));
        }
        for only in [
            Filter { ensured: filter.ensured, ..any.clone() },
            Filter { pareto: filter.pareto, ..any.clone() },
            Filter { include_potential: filter.include_potential, ..any.clone() },
        ] {
            let only = alone(only);
            expected.retain(|idx| only.contains(idx));
        }
        prop_assert_eq!(together, expected);
    }

    #[test]
    fn filters_do_not_depend_on_the_order_of_rules(
        filter in filter(), subject in subject(), rules in rules(), turn in 0_usize..25,
    ) {
        let mut turned = rules.clone();
        turned.rotate_left(turn % rules.len().max(1));
        turned.reverse();
        let (here, there) = (kept(&filter, subject, &rules), kept(&filter, subject, &turned));
        match filter.pareto {
            // Which of equally good rules stands for them all is up to the order; the frontier itself is not.
            Some(cost) => prop_assert_eq!(
                seen(cost, &rules, &frontier(cost, &rules)),
                seen(cost, &turned, &frontier(cost, &turned))
            ),
            None => {
                let sorted = |rules: &[Candidate], kept: &[usize]| {
                    let mut text: Vec<String> = kept.iter().map(|&idx| format!("{:?}", rules[idx])).collect();
                    text.sort();
                    text
                };
                prop_assert_eq!(sorted(&rules, &here), sorted(&turned, &there));
            }
        }
    }

    #[test]
    fn the_frontier_keeps_both_ends_and_exactly_what_nothing_undercuts_on_both_sides(
        cost in cost(), rules in rules(),
    ) {
        let kept = frontier(cost, &rules);
        let p = |idx: usize| rules[idx].prediction.predict;
        let c = |idx: usize| price(cost, &rules[idx]);
        let cheaper = |other: usize, idx: usize| c(other) < c(idx) - 1e-12;
        for end in [f64::min as fn(f64, f64) -> f64, f64::max] {
            if let Some(end) = rules.iter().map(|rule| rule.prediction.predict).reduce(end) {
                prop_assert!(kept.iter().any(|&idx| p(idx) == end));
            }
        }
        for idx in 0..rules.len() {
            let all = || 0..rules.len();
            let is_beaten_at_its_prediction =
                all().any(|other| p(other) == p(idx) && (cheaper(other, idx) || (c(other) == c(idx) && other < idx)));
            let from_left = all().any(|other| p(other) < p(idx) && cheaper(other, idx));
            let from_right = all().any(|other| p(other) > p(idx) && cheaper(other, idx));
            let is_off = is_beaten_at_its_prediction || (from_left && from_right);
            prop_assert_eq!(kept.contains(&idx), !is_off, "rule {}", idx);
        }
    }

    #[test]
    fn ensured_rules_are_no_wider_than_the_base_and_all_others_are(subject in subject(), rules in rules()) {
        let ensured = kept(&Filter { ensured: true, ..Filter::default() }, subject, &rules);
        let width = |interval: Interval| interval.high - interval.low;
        for idx in kept(&Filter::default(), subject, &rules) {
            let is_wider = width(rules[idx].prediction) > width(subject.base) + 1e-12;
            prop_assert_eq!(ensured.contains(&idx), !is_wider);
        }
    }

    #[test]
    fn every_probability_but_the_own_leads_exactly_one_way(subject in subject(), rule in interval()) {
        let subject = Subject { scale: Scale::Probability, ..subject };
        let n_ways = Direction::ALL.into_iter().filter(|&way| subject.leads(way, rule)).count();
        let is_own = rule.predict == subject.base.predict && subject.base.predict != 0.5;
        prop_assert_eq!(n_ways, usize::from(!is_own));
    }

    #[test]
    fn choices_of_features_and_sizes_split_the_rules(
        rules in prop::collection::vec(prop::collection::vec(0_u32..5, 1..4), 0..20),
        chosen in prop::collection::vec(0_u32..5, 1..4),
    ) {
        let included = by_feature(FeatureChoice::Include(&chosen), &rules).unwrap();
        let excluded = by_feature(FeatureChoice::Exclude(&chosen), &rules).unwrap();
        let mut both = [included.clone(), excluded].concat();
        both.sort_unstable();
        prop_assert_eq!(both, (0..rules.len()).collect::<Vec<_>>());
        prop_assert!(included.iter().all(|&idx| rules[idx].iter().any(|feature| chosen.contains(feature))));
        let sized: Vec<Candidate> =
            rules.iter().map(|rule| Candidate { n_conditions: rule.len(), ..Candidate::default() }).collect();
        let sizes: usize = (1..=3).map(|size| by_size(size..=size, &sized).unwrap().len()).sum();
        prop_assert_eq!(sizes, rules.len());
    }

    #[test]
    fn a_ranking_is_a_permutation_by_its_formula(
        subject in subject(), rules in rules(), w in -1.0..=1.0_f64, is_alternative in any::<bool>(),
    ) {
        let convention = if is_alternative { Convention::Alternative(subject) } else { Convention::Factual };
        let turns = is_alternative && subject.scale == Scale::Probability && subject.base.predict <= 0.5;
        let score = |idx: usize| {
            let Interval { predict, low, high } = rules[idx].prediction;
            let predict = if turns { 1.0 - predict } else { predict };
            let signed = if w < 0.0 { -predict } else { predict };
            ((1.0 - w.abs()) * (1.0 - (high - low)) + w.abs() * signed).max(f64::MIN)
        };
        let order = Ranking::ensured(w).unwrap().order(convention, &rules);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        prop_assert_eq!(sorted, (0..rules.len()).collect::<Vec<_>>());
        for pair in order.windows(2) {
            let (first, second) = (score(pair[0]), score(pair[1]));
            prop_assert!(first > second || (first == second && pair[0] > pair[1]));
        }
        let by_weight = Ranking::feature_weight().order(convention, &rules);
        for pair in by_weight.windows(2) {
            let key = |idx: usize| {
                let Weight { weight, low, high } = rules[idx].weight;
                (weight.abs(), high - low, idx)
            };
            prop_assert!(key(pair[0]) > key(pair[1]));
        }
    }

    #[test]
    fn the_top_is_the_head_of_the_order(subject in subject(), rules in rules(), n in 0_usize..30) {
        let (ranking, convention) = (Ranking::uncertainty(), Convention::Alternative(subject));
        let order = ranking.order(convention, &rules);
        let top = ranking.top(convention, &rules, n);
        prop_assert_eq!(&top[..], &order[..n.min(rules.len())]);
        let shown = ranking.filter_top(convention, &rules, Some(n));
        prop_assert!(shown.iter().all(|idx| top.contains(idx)));
        let hidden = top.iter().filter(|idx| !shown.contains(idx));
        for &idx in hidden {
            prop_assert!((rules[idx].prediction.predict - subject.base.predict).abs() <= 1.1e-5);
        }
    }

    #[test]
    fn scaling_does_not_change_a_normalized_ranking(rules in rules(), w in -1.0..=1.0, power in -6..6) {
        // A power of two, so that scaling rounds nothing.
        let factor = 2.0_f64.powi(power);
        let scaled: Vec<Candidate> = rules
            .iter()
            .map(|rule| {
                let Interval { predict, low, high } = rule.prediction;
                let prediction = Interval { predict: predict * factor, low: low * factor, high: high * factor };
                Candidate { prediction, ..*rule }
            })
            .collect();
        let ranking = Ranking::ensured(w).unwrap().normalized();
        prop_assert_eq!(ranking.order(Convention::Factual, &rules), ranking.order(Convention::Factual, &scaled));
    }
}
