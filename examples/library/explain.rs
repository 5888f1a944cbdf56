//! Explains the decisions of a model that is a plain function: what a user of the library writes first.
//!
//! `cargo run --release -p ce-examples --example explain`

#![allow(clippy::print_stdout)]

use ce_host::plugin_api::data::Matrix;
use ce_host::plugin_api::manifest::Task;
use ce_host::plugin_api::schema::LearnerInfo;
use ce_host::{CalibrationSet, Host, Model};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Third-party bundles run in further processes of this program: one of them ends here.
    ce_host::worker_main();
    explain()
}

fn explain() -> Result<(), Box<dyn std::error::Error>> {
    // A black box: two features in, the probabilities of two classes out.
    let info = LearnerInfo {
        task: Task::Classification,
        n_features: 2,
        n_outputs: 2,
        classes: vec!["declined".to_owned(), "approved".to_owned()],
        feature_names: vec!["income".to_owned(), "debt".to_owned()],
        categories: Default::default(),
    };
    let model = Model::from_fn(info, |x, scores| {
        for (row, scores) in x.as_slice().chunks_exact(2).zip(scores.chunks_exact_mut(2)) {
            scores[1] = 1.0 / (1.0 + (-(row[0] - row[1])).exp());
            scores[0] = 1.0 - scores[1];
        }
        Ok(())
    })?;

    // Calibration rows that the model was not trained on, with what really happened.
    let x: Vec<f64> = (0..200).flat_map(|i| [f64::from(i % 20) / 4.0, f64::from(i % 7)]).collect();
    let y: Vec<f64> = x
        .chunks_exact(2)
        .enumerate()
        .map(|(i, row)| f64::from(row[0] + f64::from(i as u32 % 3) > row[1] + 1.0))
        .collect();
    let calibration = CalibrationSet::new(x, y, 2)?;

    let host = Host::builder().build()?;
    let explainer = host.explainer(model, calibration).build()?;
    let applicant = [2.5, 3.0];
    let instances = Matrix::new(&applicant, 1, 2).ok_or("one row of two values")?;
    for explanation in explainer.explain_factual(instances)?.iter() {
        println!("{explanation}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_program_runs_to_its_end() {
        super::explain().unwrap_or_else(|error| panic!("{error}"));
    }
}
