//! `ce predict`: a calibrated prediction for every row of a file.

use clap::Args;

use super::destination::{Destination, Staged};
use super::failure::Failure;
use super::inputs::Rows;
use super::io::Io;
use super::outcome::{self, Results};
use super::request::RequestFlags;
use super::table::Table;
use super::told;
use crate::Predictions;
use crate::config::Slot;

/// Predict every row of a CSV file, with calibrated uncertainty
#[derive(Debug, Args)]
pub(crate) struct PredictArgs {
    #[command(flatten)]
    request: RequestFlags,
}

pub(crate) fn run(args: &PredictArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    let request = &args.request;
    request.check_outputs(None)?;
    let host = request.host(Slot::Interval, |builder| builder)?;
    let inputs = request.read(&host, io)?;
    let (builder, rows) = request.explainer(&host, inputs, io);
    let explainer = builder.build()?;
    request.tell_refused(&host, explainer.predict_route().err().as_ref(), io);

    let (predictions, results) = match explainer.predict(rows.instances(request.batch_id.as_ref())) {
        Ok(predictions) => {
            let results = results(request, &predictions);
            (Some(predictions), results)
        }
        Err(error) => (None, Err(Failure::from(error))),
    };
    if let Some(predictions) = &predictions {
        told::routes(&[explainer.predict_route()?], predictions.passed_over(), request.verbose, io);
    }
    let n_instances = predictions.as_ref().map_or(0, Predictions::len);
    outcome::deliver(request, &explainer, results, &format!("{n_instances} predictions"), io)?;
    match (predictions, &request.output) {
        (Some(predictions), None) => print(&predictions, &rows, io),
        (Some(predictions), Some(Destination::Stdout)) => Ok(predictions.write_json(&mut *io.out)?),
        _ => Ok(()),
    }
}

fn results(request: &RequestFlags, predictions: &Predictions) -> Result<Results, Failure> {
    let output = match &request.output {
        Some(Destination::File(path)) => Some(Staged::write(path, |out| predictions.write_json(out))?),
        _ => None,
    };
    Ok(Results { output, plots: None })
}

/// One line per row: the predicted class, and the probability or value with its bounds.
fn print(predictions: &Predictions, rows: &Rows, io: &mut Io<'_>) -> Result<(), Failure> {
    let mut table = Table::default();
    let has_ids = rows.id(0).is_some();
    let has_classes = predictions.class(0).is_some();
    // Of two classes every row speaks of the same one; of several each speaks of its own.
    let first_class = predictions.explained_class(0);
    let has_one_class = (0..predictions.len()).all(|row_idx| predictions.explained_class(row_idx) == first_class);
    let of_class = first_class.filter(|_| has_one_class).map(|class| format!("P({class})"));
    let value_name = of_class.as_deref().unwrap_or("prediction");
    let columns = [("instance", true), ("id", has_ids), ("class", has_classes), (value_name, true)];
    let bounds = [("low", true), ("high", true)];
    table.row(columns.into_iter().chain(bounds).filter(|(_, is_shown)| *is_shown).map(|(name, _)| name));
    for row_idx in 0..predictions.len() {
        let Some(prediction) = predictions.get(row_idx) else { break };
        let value = format!("{:.3}", prediction.value);
        let value = match predictions.explained_class(row_idx) {
            Some(class) if !has_one_class => format!("P({class}) = {value}"),
            _ => value,
        };
        let cells = [
            Some(row_idx.to_string()),
            rows.id(row_idx).map(str::to_owned),
            predictions.class(row_idx).map(str::to_owned),
            Some(value),
            Some(format!("{:.3}", prediction.low)),
            Some(format!("{:.3}", prediction.high)),
        ];
        table.row(cells.into_iter().flatten());
    }
    io.print(format_args!("{table}"))
}
