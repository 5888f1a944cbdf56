//! Asks for more than an explanation: the alternatives that turn a decision, which decisions to leave to people, and what
//! calibration bought. It trains nothing: the model is a plain function.
//!
//! `cargo run --release -p ce-examples --example ask`

#![allow(clippy::print_stdout)]

use ce_host::analysis::reject::{Confidence, Policy};
use ce_host::analysis::{Direction, Filter};
use ce_host::plugin_api::data::Matrix;
use ce_host::plugin_api::manifest::Task;
use ce_host::plugin_api::schema::LearnerInfo;
use ce_host::{CalibrationSet, Host, Instances, Model, Ranking, Refinement, Rejection};

/// Income and debt of people who ask for a loan.
const APPLICANTS: [f64; 6] = [2.5, 3.0, 4.75, 1.0, 0.5, 6.0];
/// What became of them: whether they paid back.
const PAID_BACK: [f64; 3] = [0.0, 1.0, 0.0];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let explainer = Host::builder().build()?.explainer(model()?, calibration()?).build()?;
    let x = Matrix::new(&APPLICANTS, 3, 2).ok_or("three rows of two values")?;

    // What would turn the decision? The two clearest and surest alternatives of each applicant.
    let report = explainer.explain_alternative(x)?;
    let counter = Filter { directions: vec![Direction::Counter], ..Filter::default() };
    let turning = Refinement { filter: Some(counter), ranking: Some(Ranking::Ensured { weight: 0.5 }), top: Some(2) };
    for explanation in report.refined(&turning)?.iter() {
        println!("{explanation}");
    }

    // Which decisions should people take? Those for which no single answer can be given, at 0.9 and at 0.99.
    let confidences = vec![Confidence::new(0.9)?, Confidence::new(0.99)?];
    let rejection = Rejection { confidences, policy: Policy::Flag, ..Rejection::default() };
    // How far off are the probabilities? The targets that turned out tell.
    let asked = Instances::new(x).reject(rejection).targets(PAID_BACK.to_vec());
    let predictions = explainer.predict(asked)?;
    for level in predictions.rejections().into_iter().flat_map(|rejections| rejections.levels()) {
        println!("at {}: {:?}", level.confidence.get(), level.verdicts);
    }
    let metrics = predictions.metrics().ok_or("targets were given")?;
    if let (Some(after), Some(before)) = (metrics.calibrated, metrics.uncalibrated) {
        println!("Brier score: {:.3} calibrated, {:.3} by the model", after.brier.0, before.brier.0);
    }
    Ok(())
}

/// A black box: two features in, the probabilities of two classes out.
fn model() -> Result<Model, Box<dyn std::error::Error>> {
    let info = LearnerInfo {
        task: Task::Classification,
        n_features: 2,
        n_outputs: 2,
        classes: vec!["declined".to_owned(), "approved".to_owned()],
        feature_names: vec!["income".to_owned(), "debt".to_owned()],
        categories: Default::default(),
    };
    Ok(Model::from_fn(info, |x, scores| {
        for (row, scores) in x.as_slice().chunks_exact(2).zip(scores.chunks_exact_mut(2)) {
            scores[1] = 1.0 / (1.0 + (-(row[0] - row[1])).exp());
            scores[0] = 1.0 - scores[1];
        }
        Ok(())
    })?)
}

/// Rows that the model was not trained on, with what really happened.
fn calibration() -> Result<CalibrationSet, Box<dyn std::error::Error>> {
    let x: Vec<f64> = (0..200).flat_map(|i| [f64::from(i % 20) / 4.0, f64::from(i % 7)]).collect();
    let paid_back = |(i, row): (usize, &[f64])| f64::from(row[0] + f64::from(i as u32 % 3) > row[1] + 1.0);
    let y: Vec<f64> = x.chunks_exact(2).enumerate().map(paid_back).collect();
    Ok(CalibrationSet::new(x, y, 2)?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_program_runs_to_its_end() {
        super::main().unwrap_or_else(|error| panic!("{error}"));
    }
}
